// Checks a published log, or a proof of it, with transparency-dev/merkle: the hashing and proofs of Trillian and Tessera.
// Reads JSON lines { kind, ... } from standard input and answers `accept` or `refuse: why`, a line each.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

type question struct {
	Kind    string // inclusion, growth, root
	Leaf    string
	Leaves  []string
	Index   uint64
	Size    uint64
	Root    string
	OldSize uint64
	OldRoot string
	Path    []string
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		if err := answer(lines.Bytes()); err != nil {
			fmt.Printf("refuse: %q\n", err.Error())
		} else {
			fmt.Println("accept")
		}
	}
}

func answer(line []byte) error {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return err
	}
	path := make([][]byte, 0, len(q.Path))
	for _, step := range q.Path {
		raw, err := base64.StdEncoding.DecodeString(step)
		if err != nil {
			return err
		}
		path = append(path, raw)
	}
	root, err := base64.StdEncoding.DecodeString(q.Root)
	if err != nil {
		return err
	}
	hasher := rfc6962.DefaultHasher
	switch q.Kind {
	case "inclusion":
		return proof.VerifyInclusion(hasher, q.Index, q.Size, hasher.HashLeaf([]byte(q.Leaf)), path, root)
	case "growth":
		oldRoot, err := base64.StdEncoding.DecodeString(q.OldRoot)
		if err != nil {
			return err
		}
		return proof.VerifyConsistency(hasher, q.OldSize, q.Size, path, oldRoot, root)
	case "root":
		tree := (&compact.RangeFactory{Hash: hasher.HashChildren}).NewEmptyRange(0)
		for _, leaf := range q.Leaves {
			if err := tree.Append(hasher.HashLeaf([]byte(leaf)), nil); err != nil {
				return err
			}
		}
		computed, err := tree.GetRootHash(nil)
		if err != nil {
			return err
		}
		if string(computed) != string(root) {
			return errors.New("the leaves have another root")
		}
		return nil
	}
	return errors.New("unknown kind")
}
