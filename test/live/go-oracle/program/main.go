// Answers what containerd and its Go make of things: one line of JSON for each line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/sirupsen/logrus"
)

// A question has some of these fields; the answer has those of the same name, in the same order.
type question struct {
	Images  []image
	Filters [][]string // each as a List carries them, decided for every image
	Regexps []string
	Times   []string
	Formats []string
	Quotes  []string
}

type answer struct {
	Go      string    `json:"go"`
	Filters []verdict `json:"filters"`
	Regexps []string  `json:"regexps"` // why they do not compile, "" for those that do
	Times   []moment  `json:"times"`
	Formats []string  `json:"formats"`
	Quotes  []string  `json:"quotes"`
}

type verdict struct {
	Error string `json:"error"`
	// A character for each image, 1 where it matches.
	Matches string `json:"matches"`
}

type moment struct {
	Error string `json:"error"`
	// Whole seconds since 1970, and what is left, below a second.
	Seconds string `json:"seconds"`
	Nanos   int    `json:"nanos"`
}

func main() {
	logrus.SetOutput(io.Discard) // containerd logs every regexp that it cannot read
	questions := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	answers := json.NewEncoder(os.Stdout)
	for {
		var asked question
		err := questions.Decode(&asked)
		if err == io.EOF {
			return
		}
		if err == nil {
			err = answers.Encode(reply(asked))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func reply(asked question) answer {
	return answer{
		Go:      runtime.Version(),
		Filters: each(asked.Filters, func(filter []string) verdict { return decide(filter, asked.Images) }),
		Regexps: each(asked.Regexps, compileError),
		Times:   each(asked.Times, readTime),
		Formats: each(asked.Formats, func(format string) string { return fmt.Errorf(format).Error() }),
		Quotes:  each(asked.Quotes, func(text string) string { return fmt.Sprintf("%q", text) }),
	}
}

func decide(filter []string, images []image) verdict {
	parsed, err := parseAll(filter...)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	matches := make([]byte, len(images))
	for i, image := range images {
		matches[i] = '0'
		if parsed.Match(adaptor(image.field)) {
			matches[i] = '1'
		}
	}
	return verdict{Matches: string(matches)}
}

func compileError(pattern string) string {
	if _, err := regexp.Compile(pattern); err != nil {
		return err.Error()
	}
	return ""
}

func readTime(text string) moment {
	read, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return moment{Error: err.Error()}
	}
	return moment{Seconds: fmt.Sprint(read.Unix()), Nanos: read.Nanosecond()}
}

func each[From, To any](all []From, change func(From) To) []To {
	changed := make([]To, len(all))
	for i, one := range all {
		changed[i] = change(one)
	}
	return changed
}
