package picture

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
)

// Table is rows side by side.
type Table struct {
	Columns []Column
	Rows    [][]any // a cell may be nil: not known
}

// Column is a table's column.
type Column struct {
	Key  string // for programs
	Head string // for people
}

// Fields are the rows, each by its columns' keys.
func (t Table) Fields() map[string]any {
	list := make([]map[string]any, len(t.Rows))
	for i, row := range t.Rows {
		list[i] = map[string]any{}
		for c, column := range t.Columns {
			event.Put(list[i], column.Key, row[c])
		}
	}
	return map[string]any{"rows": list}
}

// Draw aligns the columns by what is seen, not by bytes.
func (t Table) Draw(pen event.Pen) string {
	if pen.Plain {
		return t.tell(pen)
	}
	rows := make([][]string, 1+len(t.Rows))
	width := make([]int, len(t.Columns))
	put := func(r, c int, text string) {
		rows[r] = append(rows[r], text)
		width[c] = max(width[c], displaywidth.String(text))
	}
	for c, column := range t.Columns {
		put(0, c, column.Head)
	}
	for r, row := range t.Rows {
		for c, value := range row {
			put(1+r, c, cell(pen, value))
		}
	}
	var b strings.Builder
	b.WriteString("\n")
	for r, row := range rows {
		for c := range len(row) - 1 {
			row[c] = padded(row[c], width[c]+2)
		}
		line := strings.Join(row, "")
		if r == 0 {
			line = pen.Paint(line, event.Bold)
		}
		b.WriteString("  " + line + "\n")
	}
	return b.String() + "\n"
}

// tell tells the table, a line a row.
func (t Table) tell(pen event.Pen) string {
	var b strings.Builder
	for _, row := range t.Rows {
		var parts []string
		for c, column := range t.Columns {
			if row[c] == nil {
				continue
			}
			parts = append(parts, fmt.Sprintf(pen.Word("table.cell", "%s: %s"),
				strings.TrimSpace(column.Head), cell(pen, row[c])))
		}
		b.WriteString(told(pen, fmt.Sprintf(pen.Word("table.row", "%s."),
			strings.Join(parts, pen.Word("table.comma", "; ")))))
	}
	return b.String()
}

func cell(pen event.Pen, value any) string {
	if yes, is := value.(bool); is {
		return YesNo(pen.Word, yes)
	}
	return event.Text(value)
}

// YesNo is yes or no in the reader's language.
func YesNo(word func(name, text string) string, yes bool) string {
	if yes {
		return word("yes", "yes")
	}
	return word("no", "no")
}

// Bar is a quantity.
type Bar struct {
	Key   string // for programs
	Label string // for people
	Value float64
}

// Bars are parts of a whole.
type Bars []Bar

// Fields are the values by key.
func (b Bars) Fields() map[string]any { return values(b) }

// Draw draws each value as a part of their sum.
func (b Bars) Draw(pen event.Pen) string {
	const length = 30
	var sum float64
	for _, bar := range b {
		sum += bar.Value
	}
	width := labelWidth(b)
	var text strings.Builder
	for _, bar := range b {
		part := int(length*bar.Value/max(sum, 1) + 0.5)
		if bar.Value > 0 && bar.Value < sum { // neither nothing nor all
			part = min(max(part, 1), length-1)
		}
		full := pen.Paint(strings.Repeat("█", part), event.Blue)
		empty := strings.Repeat("░", length-part)
		if pen.Plain {
			full, empty = "", ""
		}
		fmt.Fprintf(&text, "  %s%s%s %.0f\n", padded(bar.Label, width+2), full, empty, bar.Value)
	}
	return text.String()
}

// Chart is quantities against the largest of them.
type Chart []Bar

// Fields are the values by key.
func (c Chart) Fields() map[string]any { return values(c) }

// Draw draws each value with its label before it.
func (c Chart) Draw(pen event.Pen) string {
	const length = 40
	var largest float64
	for _, bar := range c {
		largest = max(largest, bar.Value)
	}
	width := labelWidth(c)
	var text strings.Builder
	for _, bar := range c {
		full := pen.Paint(strings.Repeat("█", int(length*bar.Value/largest+0.5)), event.Blue)
		if pen.Plain {
			full = ""
		}
		lead := strings.Repeat(" ", width-displaywidth.String(bar.Label))
		fmt.Fprintf(&text, "%s%s%s  %s %.2f\n", indent, lead, bar.Label, full, bar.Value)
	}
	return text.String()
}

func values(bars []Bar) map[string]any {
	byKey := map[string]float64{}
	for _, bar := range bars {
		byKey[bar.Key] = bar.Value
	}
	return map[string]any{"values": byKey}
}

func labelWidth(bars []Bar) (width int) {
	for _, bar := range bars {
		width = max(width, displaywidth.String(bar.Label))
	}
	return width
}

// padded fills a text up with spaces to so many columns.
func padded(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-displaywidth.String(text), 0))
}
