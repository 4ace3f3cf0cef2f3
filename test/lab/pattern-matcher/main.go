// Answers by pack's own matcher (`include`, `exclude`) and by the lifecycle's (slices) what a pattern matches: a line of
// JSON for each question on standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	ignore "github.com/sabhiram/go-gitignore"
)

type question struct {
	// Lines of `include` or `exclude`; absent: the question is about a slice.
	Lines []string `json:"lines"`
	// Pattern of a slice.
	Slice string   `json:"slice"`
	Names []string `json:"names"`
}

type answer struct {
	Matches []bool `json:"matches"`
	// The slice's pattern turned out malformed.
	Malformed bool   `json:"malformed"`
	Error     string `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := answers.Encode(answerTo(lines.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func answerTo(line []byte) answer {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	if asked.Lines == nil {
		return sliceAnswer(asked)
	}
	matcher := ignore.CompileIgnoreLines(asked.Lines...)
	var result answer
	for _, name := range asked.Names {
		result.Matches = append(result.Matches, matcher.MatchesPath(name))
	}
	return result
}

// As the lifecycle's `glob` (layers/slices.go): the pattern cleaned, each name by itself, the first fault ends it.
func sliceAnswer(asked question) answer {
	var result answer
	pattern := filepath.Clean(asked.Slice)
	for _, name := range asked.Names {
		matched, err := filepath.Match(pattern, name)
		if err != nil {
			return answer{Malformed: true}
		}
		result.Matches = append(result.Matches, matched)
	}
	return result
}
