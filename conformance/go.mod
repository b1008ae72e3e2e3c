module github.com/davit-cd/davit/conformance

go 1.26.0

replace github.com/davit-cd/davit => ../

require (
	github.com/davit-cd/davit v0.0.0-00010101000000-000000000000
	github.com/diegoholiveira/jsonlogic/v3 v3.9.1
)

require (
	github.com/davecgh/go-spew v1.1.2-0.20180830191138-d8f796af33cc // indirect
	github.com/pmezard/go-difflib v1.0.1-0.20181226105442-5d4384ee4fb2 // indirect
	github.com/stretchr/testify v1.11.1 // indirect
	github.com/twmb/murmur3 v1.2.2 // indirect
)
