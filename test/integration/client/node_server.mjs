// Node's http module as a server: what each path does is the test's.
import http from "node:http";
import zlib from "node:zlib";

const text = "Lorem ipsum dolor sit amet. ".repeat(20000);
const coders = {gzip: zlib.gzipSync, deflate: zlib.deflateSync, rawdeflate: zlib.deflateRawSync, br: zlib.brotliCompressSync};

const server = http.createServer((request, response) => {
    const path = request.url.slice(1);
    if (path in coders) {
        response.setHeader("Content-Encoding", path.replace("raw", ""));
        response.end(coders[path](text));
    } else if (path === "chunks") {
        response.writeHead(200, {Trailer: "X-Sum"});
        for (let i = 0; i < 1000; ++i)
            response.write(`line ${i}\n`);
        response.addTrailers({"X-Sum": "42"});
        response.end();
    } else if (path === "echo") {
        request.pipe(response);
    } else if (path === "refuse") {
        response.writeHead(413, {Connection: "close"});
        response.end("too much");
    } else if (path === "hints") {
        response.writeEarlyHints({link: "</style.css>; rel=preload"});
        response.end("after hints");
    } else {
        response.end("node");
    }
});
server.keepAliveTimeout = 100;
server.listen(0, "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${server.address().port}`));
