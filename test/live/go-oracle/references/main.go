// Answers how Docker and CRI read image references: one line of JSON for each line of JSON.
package main

import (
	"bufio"
	_ "crypto/sha256" // the digests that a reference may have
	_ "crypto/sha512"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/distribution/reference"
)

type answer struct {
	Error     string `json:"error,omitempty"`
	Canonical string `json:"canonical,omitempty"`
	Familiar  string `json:"familiar,omitempty"`
	Domain    string `json:"domain"`
	Path      string `json:"path,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Digest    string `json:"digest,omitempty"`
}

func main() {
	questions := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	answers := json.NewEncoder(os.Stdout)
	for {
		var texts []string
		err := questions.Decode(&texts)
		if err == io.EOF {
			return
		}
		if err == nil {
			err = answers.Encode(readAll(texts))
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

func readAll(texts []string) []answer {
	all := make([]answer, len(texts))
	for i, text := range texts {
		all[i] = read(text)
	}
	return all
}

func read(text string) answer {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	stored, err := reference.ParseDockerRef(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	found := answer{
		Canonical: stored.String(),
		Familiar:  reference.FamiliarString(named),
		Domain:    reference.Domain(named),
		Path:      reference.Path(named),
	}
	if tagged, ok := named.(reference.Tagged); ok {
		found.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		found.Digest = digested.Digest().String()
	}
	return found
}
