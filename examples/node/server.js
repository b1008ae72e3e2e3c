import http from "node:http";
import { height } from "./tide.js";

const greeting = "Tides of the harbour";

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://tides");
  if (url.pathname === "/healthz") {
    response.end("ok\n");
  } else if (url.pathname === "/") {
    const hour = new Date().getUTCHours();
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    response.end(`${greeting}: ${height(hour).toFixed(1)} m at ${hour} o'clock\n`);
  } else {
    response.statusCode = 404;
    response.end("not found\n");
  }
});

// The router keeps connections open for up to a minute. Whoever closes last
// never closes one that a request is just coming in on.
server.keepAliveTimeout = 75_000;

server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1", () => {
  console.log(`tides ${process.env.DAVIT_RELEASE ?? ""} listens on port ${server.address().port}`);
});

// On SIGTERM take nothing new, finish what is under way, and end.
process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
