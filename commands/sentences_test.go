package commands_test

import (
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

// verbs are the functions that say something: name first, then the sentence, at this place among the arguments.
var verbs = map[string]int{
	"Title": 1, "Step": 1, "Say": 1, "See": 2, "Warn": 1, "Try": 2, "Tree": 1, "Table": 1, "Bars": 1, "Wait": 1, "Hold": 2, "Error": 1, "Text": 1, "Chart": 1, "Last": 1, "again": 1, "Progress": 1, "Ask": 1, "Model": 1, "Unsupported": 1,
	"Prepare": 2, "translate": 1, "heading": 1, "event": 2, "say": 2,
}

// Every sentence has a Chinese one with the same holes, and every Chinese one an English.
func TestEverySentenceIsInBothLanguages(t *testing.T) {
	t.Parallel()
	packages, err := filepath.Glob("../lessons/*")
	if err != nil {
		t.Fatal(err)
	}
	packages = append(packages, "../lessons/kit/narrate", ".")
	for _, dir := range packages {
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

// sentencesIn finds what a package says, and its map of Chinese sentences.
func sentencesIn(t *testing.T, dir string) (english, chinese map[string]string) {
	t.Helper()
	english, chinese = map[string]string{}, map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
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
			switch node := node.(type) {
			case *ast.CallExpr:
				name, text, ok := said(node)
				if before, twice := english[name]; ok && twice && before != text {
					t.Errorf("%s: %s says two things: %q, %q", path, name, before, text)
				}
				if ok {
					english[name] = text
				}
			case *ast.CompositeLit:
				if kind, ok := node.Type.(*ast.SelectorExpr); ok && kind.Sel.Name == "Sentences" || isIdent(node.Type, "Sentences") {
					for _, element := range node.Elts {
						pair := element.(*ast.KeyValueExpr)
						chinese[literal(pair.Key)] = literal(pair.Value)
					}
				}
			}
			return true
		})
	}
	return english, chinese
}

func isIdent(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

// said reads a call of one of the verbs.
func said(call *ast.CallExpr) (name, text string, ok bool) {
	function, isMethod := call.Fun.(*ast.SelectorExpr)
	if !isMethod {
		return "", "", false
	}
	place, isVerb := verbs[function.Sel.Name]
	if !isVerb || len(call.Args) <= place {
		return "", "", false
	}
	for i, arg := range call.Args[:place] { // the first string is the name
		if name = literal(arg); name != "" || i == place-1 {
			break
		}
	}
	text = literal(call.Args[place])
	return name, text, name != "" && text != ""
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
