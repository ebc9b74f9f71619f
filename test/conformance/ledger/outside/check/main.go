// Checks proofs of a ledger with the packages that the Go toolchain checks modules with.
//
//	go run . record.tlog-proof ledger.vkey
//	go run . growth ledger.vkey older-checkpoint
//
// The key is the one line of a .vkey file: name+id+key. A verifier-keys.json is for verify.mjs alone.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type extra struct {
	Leaf string
	Item *struct {
		Text string
		Path []string
	}
}

type leaf struct {
	Format string
	Index  int64
	Count  int64
	Root   string
}

func main() {
	defer func() {
		if fault := recover(); fault != nil {
			fmt.Println("does NOT hold:", fault)
			os.Exit(1)
		}
	}()
	if len(os.Args) == 4 {
		fmt.Println("holds:", checkGrowth(read(os.Args[1]), read(os.Args[2]), read(os.Args[3])))
		return
	}
	fmt.Println("holds:", checkProof(read(os.Args[1]), read(os.Args[2])))
}

func checkProof(text, vkey string) string {
	head, signed, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	need(len(lines) > 2 && lines[0] == "c2sp.org/tlog-proof@v1", "the file is no proof")
	index := number(lines[2], "index ")
	var more extra
	try(json.Unmarshal(bytesOf(strings.TrimPrefix(lines[1], "extra ")), &more))
	size, root := checkpoint(signed, vkey)
	try(tlog.CheckRecord(hashes(lines[3:]), size, root, index, tlog.RecordHash([]byte(more.Leaf))))
	var found leaf
	try(json.Unmarshal([]byte(more.Leaf), &found))
	need(found.Index == index, "the leaf bears another index")
	if found.Format == "cohortium/record@2" {
		return fmt.Sprintf("record %d is in the ledger of %d leaves:\n%s", index, size, more.Leaf)
	}
	need(more.Item != nil, "the leaf is a batch, and no item is named")
	var item struct{ Position int64 }
	try(json.Unmarshal([]byte(more.Item.Text), &item))
	var path tlog.RecordProof
	for _, step := range append(more.Item.Path, found.Root) {
		raw, err := hex.DecodeString(step)
		try(err)
		need(len(raw) == tlog.HashSize, "a hash of the item is none")
		path = append(path, tlog.Hash(raw))
	}
	last := len(path) - 1
	try(tlog.CheckRecord(path[:last], found.Count, path[last], item.Position, tlog.RecordHash([]byte(more.Item.Text))))
	return fmt.Sprintf("record %d/%d is in the ledger of %d leaves:\n%s\n%s", index, item.Position, size, more.Leaf, more.Item.Text)
}

func checkGrowth(text, vkey, older string) string {
	head, signed, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	size, root := checkpoint(signed, vkey)
	oldSize, oldRoot := checkpoint(older, vkey)
	need(number(lines[0], "old ") == oldSize, "the proof is from another size on")
	try(tlog.CheckTree(tlog.TreeProof(hashes(lines[1:])), size, root, oldSize, oldRoot))
	return fmt.Sprintf("the ledger of %d leaves is that of %d with leaves added", size, oldSize)
}

func checkpoint(signed, vkey string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(strings.TrimSpace(vkey))
	need(err == nil, "the file of the key is not one .vkey line, name+id+key")
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	try(err)
	lines := strings.Split(opened.Text, "\n")
	need(len(lines) > 3 && lines[0] == verifier.Name(), "the checkpoint is of another ledger")
	return number(lines[1], ""), hashes(lines[2:3])[0]
}

func hashes(lines []string) tlog.RecordProof {
	var found tlog.RecordProof
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		try(err)
		found = append(found, hash)
	}
	return found
}

func number(line, prefix string) int64 {
	digits, isThere := strings.CutPrefix(line, prefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	need(isThere && err == nil, "a number is missing: "+prefix)
	return n
}

func bytesOf(text string) []byte {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	try(err)
	return raw
}

func read(name string) string {
	raw, err := os.ReadFile(name)
	try(err)
	return string(raw)
}

func need(isSo bool, what string) {
	if !isSo {
		panic(what)
	}
}

func try(err error) {
	if err != nil {
		panic(err)
	}
}
