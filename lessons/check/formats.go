package check

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"mtp/lessons/kit/requirement"
)

func (c *checker) printJSON(value any) {
	text, err := json.MarshalIndent(value, "", "  ")
	c.Mustf(err, "write the result")
	c.print(string(text) + "\n")
}

// rationale is why something is not met.
func (c *checker) rationale(r requirement.Result) string {
	switch {
	case r.Outcome == requirement.NotJudged:
		return c.why(r)
	case r.Times < r.Runs:
		return c.Narrator().Text("unmet.sometimes", "In {times} of {runs} runs: {seen}",
			"seen", c.text(r.Seen), "times", r.Times, "runs", r.Runs)
	}
	return c.text(r.Seen)
}

// check50 is what `check50 -o json` prints; see its documentation, "JSON specification".
type check50 struct {
	Slug    string          `json:"slug"`
	Results []check50Result `json:"results"`
	Version string          `json:"version"`
}

type check50Result struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Passed      *bool          `json:"passed"`
	Log         []string       `json:"log"`
	Cause       *check50Cause  `json:"cause"`
	Data        map[string]any `json:"data"`
	Dependency  *string        `json:"dependency"`
}

type check50Cause struct {
	Rationale string  `json:"rationale"`
	Help      *string `json:"help"`
}

func (c *checker) asCheck50() check50 {
	all := check50{Slug: "mtp/" + c.Lesson, Results: []check50Result{}, Version: "3.0.0"}
	for _, r := range c.results {
		one := check50Result{
			Name: r.ID, Description: c.text(r.Asks), Log: []string{},
			Data: map[string]any{"runs": r.Runs, "times": r.Times},
		}
		if r.Outcome != requirement.NotJudged {
			passed := r.Outcome == requirement.Met
			one.Passed = &passed
			one.Log = append(one.Log, c.text(r.Seen))
			one.Data["source"] = c.source(r)
		}
		if r.Outcome != requirement.Met {
			one.Cause = &check50Cause{Rationale: c.rationale(r)}
		}
		if r.Outcome == requirement.NotMet {
			help := c.text(r.Hint)
			one.Cause.Help = &help
		}
		if len(r.Needs) > 0 {
			one.Dependency = &r.Needs[0]
		}
		all.Results = append(all.Results, one)
	}
	return all
}

// The JUnit format, as Ant and Jenkins have it.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		ID         int         `xml:"id,attr"`
		Package    string      `xml:"package,attr"`
		Name       string      `xml:"name,attr"`
		Tests      int         `xml:"tests,attr"`
		Failures   int         `xml:"failures,attr"`
		Errors     int         `xml:"errors,attr"`
		Skipped    int         `xml:"skipped,attr"`
		Time       string      `xml:"time,attr"`
		Timestamp  string      `xml:"timestamp,attr"`
		Hostname   string      `xml:"hostname,attr"`
		Properties struct{}    `xml:"properties"`
		Cases      []junitCase `xml:"testcase"`
		Out        string      `xml:"system-out"`
		Err        string      `xml:"system-err"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Skipped *junitText    `xml:"skipped"`
		Failure *junitFailure `xml:"failure"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

func (c *checker) printJUnit() {
	host, _ := os.Hostname()
	took := time.Since(c.begun).Seconds()
	suite := junitSuite{
		Package: "mtp", Name: "mtp check " + c.Lesson, Tests: len(c.results),
		Failures: c.count(requirement.NotMet), Skipped: c.count(requirement.NotJudged),
		Time: fmt.Sprintf("%.3f", took), Timestamp: c.begun.UTC().Format("2006-01-02T15:04:05"),
		Hostname: cmp.Or(host, "localhost"), Err: c.said,
	}
	for _, r := range c.results {
		one := junitCase{
			Name: r.ID, Class: "mtp." + c.Lesson,
			Time: fmt.Sprintf("%.3f", took/float64(len(c.results))),
		}
		switch r.Outcome {
		case requirement.NotMet:
			one.Failure = &junitFailure{
				Message: c.rationale(r), Type: "requirement",
				Text: c.text(r.Asks) + "\n" + c.rationale(r) + "\n" + c.text(r.Hint),
			}
		case requirement.NotJudged:
			one.Skipped = &junitText{c.rationale(r)}
		case requirement.Met:
		}
		suite.Cases = append(suite.Cases, one)
	}
	text, err := xml.MarshalIndent(junitSuites{Suites: []junitSuite{suite}}, "", "  ")
	c.Mustf(err, "write the result")
	c.print(xml.Header + string(text) + "\n")
}

// classroom50 is result.json of Classroom 50: schemas/result-v1.schema.json of
// foundation50/classroom50. Its runner tells us by the environment what is graded.
type classroom50 struct {
	Schema         string            `json:"schema"`
	Classroom      string            `json:"classroom"`
	Assignment     string            `json:"assignment"`
	AssignmentType string            `json:"assignment_type"`
	Owner          string            `json:"owner"`
	Submission     string            `json:"submission"`
	Commit         string            `json:"commit"`
	Release        string            `json:"release"`
	Review         string            `json:"review"`
	Datetime       string            `json:"datetime"`
	Score          int               `json:"score"`
	MaxScore       int               `json:"max-score"`
	Tests          []classroom50Test `json:"tests"`
}

type classroom50Test struct {
	Name     string `json:"test-name"`
	Passed   bool   `json:"passed"`
	Score    int    `json:"score"`
	MaxScore int    `json:"max-score"`

	// The schema lets a test have more.
	Output string `json:"output,omitempty"`
	Help   string `json:"help,omitempty"`
}

func (c *checker) asClassroom50() classroom50 {
	of := func(variable, otherwise string) string { return cmp.Or(os.Getenv(variable), otherwise) }
	commit := of("COMMIT_URL", "unknown")
	all := classroom50{
		Schema: "classroom50/result/v1", Classroom: of("CLASSROOM", "unknown"),
		Assignment: of("ASSIGNMENT", c.Lesson), AssignmentType: of("ASSIGNMENT_TYPE", "individual"),
		Owner: of("OWNER", of("USERNAME",
			"unknown")),
		Submission: of("SUBMISSION_TAG", "submit/unknown"),
		Commit:     commit, Release: of("RELEASE_URL", "unknown"), Review: of("REVIEW_URL", commit),
		Datetime: time.Now().UTC().Format("2006-01-02T15:04:05Z"), MaxScore: len(c.results),
		Score: c.count(requirement.Met), Tests: []classroom50Test{},
	}
	for _, r := range c.results {
		one := classroom50Test{Name: c.Lesson + ": " + r.ID, MaxScore: 1}
		if r.Outcome == requirement.Met {
			one.Passed, one.Score, one.Output = true, 1, c.text(r.Seen)
		} else {
			one.Output = c.text(r.Asks) + " " + c.rationale(r)
		}
		if r.Outcome == requirement.NotMet {
			one.Help = c.text(r.Hint)
		}
		all.Tests = append(all.Tests, one)
	}
	return all
}

// gradescope is its results.json; see "Autograder Specifications".
type gradescope struct {
	Seconds int              `json:"execution_time"`
	Output  string           `json:"output"`
	Tests   []gradescopeTest `json:"tests"`
}

type gradescopeTest struct {
	Score    float64 `json:"score"`
	MaxScore float64 `json:"max_score"`
	Status   string  `json:"status"`
	Name     string  `json:"name"`
	Number   string  `json:"number"`
	Output   string  `json:"output"`
}

func (c *checker) asGradescope() gradescope {
	all := gradescope{
		Seconds: int(time.Since(c.begun).Seconds() + 1), Output: c.said, Tests: []gradescopeTest{},
	}
	for i, r := range c.results {
		one := gradescopeTest{
			MaxScore: 1, Status: "failed", Name: r.ID, Number: strconv.Itoa(i + 1),
			Output: c.text(r.Asks) + "\n" + c.rationale(r),
		}
		switch r.Outcome {
		case requirement.Met:
			one.Score, one.Status = 1, "passed"
		case requirement.NotMet:
			one.Output += "\n" + c.text(r.Hint)
		case requirement.NotJudged:
		}
		all.Tests = append(all.Tests, one)
	}
	return all
}

// test is one of Classroom 50's declarative tests: schemas/tests-v1.schema.json.
type test struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Run      string `json:"run"`
	ExitCode int    `json:"exit-code"`
	Timeout  int    `json:"timeout"`
	Points   int    `json:"points"`
}

// listTests prints one test for each requirement, for programs.
func (c *checker) listTests() {
	program := "./" + c.Lesson
	if len(c.program()) > 0 {
		program = quoted(c.program())
	}
	tests := []test{}
	for _, r := range c.asked {
		if c.Only != "" && c.Only != r.ID {
			continue
		}
		command := "mtp check " + c.Lesson + " --only " + r.ID + c.given() + " -- " + program
		tests = append(tests, test{
			Name: c.Lesson + ": " + r.ID, Type: "run", Run: command, Points: 1,
			Timeout: int(c.Timeout.Seconds()) + 10,
		})
	}
	c.printJSON(tests)
}

// given are the flags that a test needs, too.
func (c *checker) given() string {
	var flags strings.Builder
	for _, flag := range []struct {
		name  string
		value any
		is    bool
	}{
		{"method", c.Method, c.Method != ""},
		{"procs", c.Procs, c.Procs != 0},
		{"limit", c.Limit, c.Limit != 0},
		{"port", c.Port, c.Port != 0},
	} {
		if flag.is {
			fmt.Fprintf(&flags, " --%s %v", flag.name, flag.value)
		}
	}
	return flags.String()
}

// quoted is a command as a shell reads it.
func quoted(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
			list[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(list, " ")
}
