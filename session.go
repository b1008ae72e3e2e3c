package davit

// SessionCookie is the beginning of the names of the cookies that hold sessions
// of the page; the port of the server follows. The server sets them, and the
// router lets none of them through to a service.
const SessionCookie = "davit_session"
