// Package bitset counts bits that are set, and adds up their places.
package bitset

import "math/bits"

// Tally counts the bits that are set, and adds up their places.
//
// A word's place counts for all its bits. For the bits' places in their words, carry-save adders
// first add up sixteen words bit by bit, and what they carry out is counted under a mask for each
// binary digit of the place (Harley and Seal; Warren, Hacker's Delight, 5-1).
func Tally(words []uint64) (count, places uint64) {
	var ones, twos, fours, eights uint64
	var inWord uint64
	whole := len(words) &^ 15
	for i := 0; i < whole; i += 16 {
		block := (*[16]uint64)(words[i:])
		var inBlock, places64 int // a word's place in the block counts for all its bits
		for j := 0; j < 16; j += 4 {
			c0, c1 := bits.OnesCount64(block[j]), bits.OnesCount64(block[j+1])
			c2, c3 := bits.OnesCount64(block[j+2]), bits.OnesCount64(block[j+3])
			c := c0 + c1 + c2 + c3
			inBlock += c
			places64 += c*j + c1 + 2*c2 + 3*c3
		}
		count += uint64(inBlock)
		places += 64 * uint64(places64+inBlock*i)

		var twosA, twosB, foursA, foursB, eightsA, eightsB, sixteens uint64
		twosA, ones = carrySave(ones, block[0], block[1])
		twosB, ones = carrySave(ones, block[2], block[3])
		foursA, twos = carrySave(twos, twosA, twosB)
		twosA, ones = carrySave(ones, block[4], block[5])
		twosB, ones = carrySave(ones, block[6], block[7])
		foursB, twos = carrySave(twos, twosA, twosB)
		eightsA, fours = carrySave(fours, foursA, foursB)
		twosA, ones = carrySave(ones, block[8], block[9])
		twosB, ones = carrySave(ones, block[10], block[11])
		foursA, twos = carrySave(twos, twosA, twosB)
		twosA, ones = carrySave(ones, block[12], block[13])
		twosB, ones = carrySave(ones, block[14], block[15])
		foursB, twos = carrySave(twos, twosA, twosB)
		eightsB, fours = carrySave(fours, foursA, foursB)
		sixteens, eights = carrySave(eights, eightsA, eightsB)
		inWord += 16 * Places(sixteens)
	}
	inWord += Places(ones) + 2*Places(twos) + 4*Places(fours) + 8*Places(eights)
	for i, word := range words[whole:] {
		c := uint64(bits.OnesCount64(word))
		count += c
		places += c * uint64(64*(whole+i))
		inWord += Places(word)
	}
	return count, places + inWord
}

// Places adds up the places of the bits that are set: a mask for each binary digit finds those that
// have it.
func Places(word uint64) uint64 {
	return uint64(bits.OnesCount64(word&0xaaaaaaaaaaaaaaaa) +
		bits.OnesCount64(word&0xcccccccccccccccc)<<1 +
		bits.OnesCount64(word&0xf0f0f0f0f0f0f0f0)<<2 +
		bits.OnesCount64(word&0xff00ff00ff00ff00)<<3 +
		bits.OnesCount64(word&0xffff0000ffff0000)<<4 +
		bits.OnesCount64(word&0xffffffff00000000)<<5)
}

// carrySave adds three bits in each place.
func carrySave(a, b, c uint64) (carry, sum uint64) {
	u := a ^ b
	return a&b | u&c, u ^ c
}
