package commands_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// verbs are the functions that say something: name first, then the sentence, at this place among
// the arguments.
var verbs = map[string]int{
	"TitleAs": 1, "Step": 1, "Say": 1, "So": 1, "See": 2, "Warn": 1, "Last": 1, "Try": 2,
	"Meanwhile": 1,
	"Hold":      2, "Progress": 1, "Tree": 1, "TreeOf": 1, "Listing": 1, "Chart": 1, "Model": 1,
	"Pieces": 1,
	"Text":   1, "Yes": 1, "No": 1, "Unknown": 1, "Word": 1, "Because": 1, "Fail": 1,
	"AskNumber": 1, "AskYesNo": 1, "AskLetter": 1, "Error": 1, "Unsupported": 1, "Make": 3,
	"again": 1, "Mistake": 1, "translate": 1, "heading": 1,
}

// words are functions that are called without a receiver.
var words = map[string]int{"word": 1, "say": 2, "Text": 1, "Yes": 1, "No": 1, "Unknown": 1}

// Every sentence has a Chinese one with the same holes, and every Chinese one an English.
func TestEverySentenceIsInBothLanguages(t *testing.T) {
	t.Parallel()
	packages, err := filepath.Glob("../lessons/*")
	if err != nil {
		t.Fatal(err)
	}
	packages = append(packages, ".")
	kit, err := filepath.Glob("../lessons/kit/*")
	if err != nil {
		t.Fatal(err)
	}
	packages = slices.DeleteFunc(packages, func(dir string) bool {
		return filepath.Base(dir) == "kit"
	})
	for _, dir := range append(packages, kit...) {
		english, chinese := sentencesIn(t, dir)
		for _, name := range slices.Sorted(maps.Keys(english)) {
			if _, ok := chinese[name]; !ok {
				t.Errorf("%s: no Chinese for %s: %q", dir, name, english[name])
			}
		}
		for _, name := range slices.Sorted(maps.Keys(chinese)) {
			text, ok := english[name]
			switch {
			case strings.HasPrefix(name, "help"): // the test of the grammar knows them
			case name == "gist", strings.HasPrefix(name, "rule."): // the test of the records does
			case !ok:
				t.Errorf("%s: %s is left over: nobody says it", dir, name)
			case !slices.Equal(holes(text), holes(chinese[name])):
				t.Errorf("%s: %s has other holes:\n%q\n%q", dir, name, text, chinese[name])
			}
		}
	}
}

func holes(text string) []string {
	found := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// eachNode visits the nodes of a folder's sources, those of a lesson's parts included; not its
// tests.
func eachNode(t *testing.T, dir string, visit func(path string, node ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(dir) == "../lessons" { // the parts of a lesson have its sentences
		parts, err := filepath.Glob(filepath.Join(dir, "*", "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parts...)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			visit(path, node)
			return true
		})
	}
}

// sentencesIn finds what a package says, and its map of Chinese sentences.
func sentencesIn(t *testing.T, dir string) (english, chinese map[string]string) {
	t.Helper()
	english, chinese = map[string]string{}, map[string]string{}
	eachNode(t, dir, func(path string, node ast.Node) {
		switch node := node.(type) {
		case *ast.CallExpr:
			for name, text := range said(node) {
				if before, twice := english[name]; twice && before != text {
					t.Errorf("%s: %s says two things: %q, %q", path, name, before, text)
				}
				english[name] = text
			}
		case *ast.CompositeLit:
			kind, ok := node.Type.(*ast.SelectorExpr)
			if ok && kind.Sel.Name == "Sentences" || isIdent(node.Type, "Sentences") {
				for _, element := range node.Elts {
					pair := element.(*ast.KeyValueExpr)
					chinese[literal(pair.Key)] = literal(pair.Value)
				}
			}
		}
	})
	return english, chinese
}

func isIdent(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

// said reads a call of one of the verbs: the names that it says something under, and what.
func said(call *ast.CallExpr) map[string]string {
	place, function := 0, ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		function, place = f.Sel.Name, verbs[f.Sel.Name]
	case *ast.Ident:
		function, place = f.Name, words[f.Name]
	}
	switch {
	case function == "Title" && len(call.Args) > 0:
		return map[string]string{"title": literal(call.Args[0])}
	case function == "Table" && len(call.Args) > 0: // each column has a head
		heads := map[string]string{}
		for i := 1; i+1 < len(call.Args); i += 2 {
			heads[literal(call.Args[0])+"."+literal(call.Args[i])] = literal(call.Args[i+1])
		}
		return heads
	case place == 0 || len(call.Args) <= place:
		return nil
	}
	name, text := "", literal(call.Args[place])
	for _, arg := range call.Args[:place] { // the first string is the name
		if name == "" || function == "say" { // which has a pattern before it
			name = cmp.Or(literal(arg), name)
		}
	}
	if strings.HasPrefix(function, "Ask") {
		name = "ask." + name
	}
	if name == "" || text == "" {
		return nil
	}
	return map[string]string{name: text}
}

// literal is the value of a string literal, or of several that are added up.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	}
	return ""
}
