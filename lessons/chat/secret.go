package chat

import (
	"fmt"
	"os"

	"mtp/lessons/chat/seal"
	"mtp/lessons/kit/stage"
)

// Sealing is the flag that seals a room. The secret itself is never an argument: those of all
// processes can be read, by anybody.
type Sealing struct {
	SecretFile string `help:"Seal the room with the secret in this file (or in MTP_CHAT_SECRET): only those who hold it enter and read." type:"path" placeholder:"FILE"`
}

// secretVariable is the environment's variable that may have the secret.
const secretVariable = "MTP_CHAT_SECRET"

// secret is the secret, nil if there is none.
func (o Sealing) secret(s *stage.Stage) *seal.Secret {
	text, from := os.Getenv(secretVariable), secretVariable
	if o.SecretFile != "" {
		raw, err := os.ReadFile(o.SecretFile)
		s.Mustf(err, "read the secret")
		text, from = string(raw), o.SecretFile
	}
	if text == "" && o.SecretFile == "" {
		return nil
	}
	secret, err := seal.Parse(text)
	if err != nil {
		s.Fail("secret.none",
			"{from} holds no secret. A secret is what 'mtp chat secret' prints, and nothing else, so nobody can guess it",
			"from", from)
	}
	return &secret
}

// Secret is chat secret.
type Secret struct{}

// Run prints a new secret.
func (Secret) Run(s *stage.Stage) {
	secret := seal.NewSecret().String()
	if s.Terminal().JSON {
		s.Say("secret.made", "{secret}", "secret", secret)
		return
	}
	_, err := fmt.Fprintln(s.Terminal().Out.Writer, secret)
	s.Mustf(err, "print the secret")
}
