import http from "node:http";
import { board } from "./board.js";

const title = "Arrivals today";
const ships = [{ at: "11:00", name: "Tern" }, { at: "09:30", name: "Gull" }];

const server = http.createServer((request, response) => {
  response.statusCode = request.url === "/" || request.url === "/healthz" ? 200 : 404;
  response.end(request.url === "/" ? board(title, ships) : `${http.STATUS_CODES[response.statusCode]}\n`);
});
server.keepAliveTimeout = 75_000; // longer than the router keeps a connection
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1");

// On SIGTERM take nothing new, finish what is under way, and end.
process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
