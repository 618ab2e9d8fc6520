package total

import (
	"math"
	"strings"
	"testing"
)

func TestTotal(t *testing.T) {
	t.Parallel()
	sum := Of(3, math.MaxUint64)
	sum.Add(Of(1, 29505444491)) // the prime at which their sum no longer fits into 64 bits
	if got, want := sum.String(), "4 18446744103214996106"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	affine := Affine(30030, math.MaxUint64, 7, 5)
	if got, want := affine.String(), "5 553955724533497834998485"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("4 17")
	f.Add("37607912018 18435588552550705911377")
	f.Add("1 340282366920938463463374607431768211456")
	f.Add("1 -1")
	f.Fuzz(func(t *testing.T, text string) {
		count, sum, _ := strings.Cut(text, " ")
		parsed, err := Parse(count, sum)
		if err != nil {
			return
		}
		count, sum, _ = strings.Cut(parsed.String(), " ")
		again, err := Parse(count, sum)
		if err != nil || again != parsed {
			t.Errorf("%q becomes %v, and then %v, %v", text, parsed, again, err)
		}
	})
}
