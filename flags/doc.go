// Package flags evaluates Davit's feature flags inside your program.
//
//	client, err := flags.Open(ctx, flags.Options{
//		Endpoint: "https://davit.example.com",
//		Token:    os.Getenv("DAVIT_TOKEN"),
//		Set:      "shop/production",
//		File:     "/var/lib/shop/flags.json",
//	})
//	if err != nil {
//		return err // the options cannot work; never because a server is away
//	}
//	defer client.Close()
//
//	if client.Bool("new-checkout", false, flags.Context{"targetingKey": user.ID, "country": user.Country}) {
//		…
//	}
//
// An evaluation asks nobody: it takes well under a microsecond, cannot fail,
// and does not panic. The client follows the server's changes, and keeps the
// last good set in memory and in a file: a server that is away, or one that
// sends nonsense, changes no answer. A flag that is not there, or gives
// something of another type, gives the default that you pass.
package flags
