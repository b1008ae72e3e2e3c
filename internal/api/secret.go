package api

import "time"

// Secret says that a secret is there; its value never leaves the server.
type Secret struct {
	Service     string    `json:"service"`
	Environment string    `json:"environment,omitempty" doc:"Empty: all environments of the service"`
	Name        string    `json:"name"`
	Updated     time.Time `json:"updated,omitzero"`
}

// SetSecret asks to keep a secret.
type SetSecret struct {
	Service     string `json:"service" minLength:"1" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
	Environment string `json:"environment,omitempty" maxLength:"63" pattern:"^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$"`
	Name        string `json:"name" minLength:"1" maxLength:"128" pattern:"^[A-Za-z_][A-Za-z0-9_.-]*$"`
	Value       string `json:"value" maxLength:"65536" doc:"Base64, so that any bytes can be kept" contentEncoding:"base64"`
}

// Token is a credential as others may see it.
type Token struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Role     string    `json:"role" enum:"client,viewer,deployer,admin"`
	Flags    []string  `json:"flags,omitempty" doc:"Flag sets it may evaluate, project/environment; none: all"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`
	LastUsed time.Time `json:"last_used,omitzero"`
}

// CreateToken asks for a token.
type CreateToken struct {
	Name    string   `json:"name" minLength:"1" maxLength:"63" pattern:"^[a-zA-Z0-9][a-zA-Z0-9._@-]*$"`
	Role    string   `json:"role" enum:"client,viewer,deployer,admin"`
	Flags   []string `json:"flags,omitempty" maxItems:"100" doc:"Flag sets it may evaluate, project/environment; only with the role client; none: all"`
	Seconds float64  `json:"seconds,omitempty" minimum:"0" doc:"How long it is valid; 0: until it is revoked"`
}

// NewToken is a token with its secret, shown once.
type NewToken struct {
	Token
	Secret string `json:"secret" doc:"The bearer token; it is not kept and not shown again"`
}

// Identity says who a token speaks for.
type Identity struct {
	Name string `json:"name"`
	Role string `json:"role"`
}
