// A witness for tests: c2sp.org/tlog-witness over one log, in memory, on a free port of this machine. Only the order of the checks is
// written here; notes are opened and consistency is checked by golang.org/x/mod, cosignatures are made by transparency-dev/formats.
package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type server struct {
	sync.Mutex
	log    note.Verifier
	signer note.Signer
	newest log.Checkpoint
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: server <verifier key of the log>"))
	}
	verifier, err := note.NewVerifier(os.Args[1])
	fail(err)
	secret, public, err := note.GenerateKey(rand.Reader, "witness.example/w1")
	fail(err)
	signer, err := fnote.NewSignerForCosignatureV1(secret)
	fail(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	// One line that the test waits for: where it is, and what it signs with.
	fmt.Printf("%s %s\n", listener.Addr(), public)
	s := &server{log: verifier, signer: signer}
	http.HandleFunc("POST /add-checkpoint", s.add)
	fail(http.Serve(listener, nil))
}

func (s *server) add(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	head, rest, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if !ok || err != nil || !strings.HasPrefix(lines[0], "old ") || len(lines) > 64 {
		http.Error(w, "no add-checkpoint request", http.StatusBadRequest)
		return
	}
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			http.Error(w, "a hash is none", http.StatusBadRequest)
			return
		}
		proof = append(proof, tlog.Hash(hash))
	}
	if origin, _, _ := strings.Cut(rest, "\n"); origin != s.log.Name() {
		http.Error(w, "unknown log", http.StatusNotFound)
		return
	}
	given, _, opened, err := log.ParseCheckpoint([]byte(rest), s.log.Name(), s.log)
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	s.Lock()
	defer s.Unlock()
	switch {
	case old > int64(given.Size):
		http.Error(w, "old size above size", http.StatusBadRequest)
		return
	case old != int64(s.newest.Size):
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, "%d\n", s.newest.Size)
		return
	case old == 0 && len(proof) > 0:
		http.Error(w, "a proof from nothing", http.StatusUnprocessableEntity)
		return
	case old > 0 && tlog.CheckTree(proof, int64(given.Size), tlog.Hash(given.Hash), old, tlog.Hash(s.newest.Hash)) != nil:
		http.Error(w, "not consistent", http.StatusUnprocessableEntity)
		return
	}
	s.newest = *given
	signed, err := note.Sign(&note.Note{Text: opened.Text}, s.signer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, signature, _ := strings.Cut(string(signed), "\n\n")
	io.WriteString(w, signature)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
