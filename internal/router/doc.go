// Package router is the data plane: it takes the requests of users to the
// instances of a release, splits them by weight, measures them per version and
// second, and can be told to change where they go without losing one.
//
// It runs as a process of its own, so it keeps serving with its last route
// table while the server is down, stuck or being upgraded. There are two
// processes: a small holder that keeps the listening sockets open, and a worker
// that does everything else.
//
//	          spawns, restarts                 PUT /v1/route …
//	holder ───────────────────► worker ◄──────────────────────── Client
//	   │  listener, control socket   │  (unix socket, 0600)
//	   │  and a line to talk on      │
//	   │                             ├─► version ─► backend, backend …
//	   └── keeps both sockets open   └─► routes.json, access.log
//
// A worker that dies is replaced at once; meanwhile connections queue in the
// socket and none is refused. A worker that is to be replaced goes through
//
//	starting ──ready──► waiting ──go──► serving ──yield──► yielded ──lame──► lame ──► gone
//	                                       ▲                  │
//	                                       └─────resume───────┘  the successor died
//
// starting: reads the route table. waiting: its successor duties are known, it
// accepts nothing. yielded: still serves users, changes nothing, its samples go
// to the successor. lame: accepts no new connection, answers with Connection:
// close for a while, then ends what is idle; tunnels live until their deadline.
//
// # Rules
//
// The route table is immutable behind one atomic pointer. A request claims a
// version by counting itself in and loading the pointer again; a drain first
// changes the table and then waits for the count to fall to zero. So nothing is
// ever counted into a version that was found drained.
//
// A route is durable before it takes effect, and takes effect before it is
// acknowledged. A route with a lower epoch or revision than the highest ever
// seen is refused.
package router
