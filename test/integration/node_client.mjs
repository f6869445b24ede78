// node node_client.mjs agent|fetch URL: what one client of Node.js found there, as JSON.
import http from "node:http";

const [, , name, url] = process.argv;

function request(agent, method, path, body) {
    return new Promise((resolve, reject) => {
        const sent = http.request(url + path, { agent, method }, (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (piece) => (text += piece));
            response.on("end", () =>
                resolve({ status: response.statusCode, headers: response.headers, body: text }));
            response.on("error", reject);
        });
        sent.on("error", reject);
        sent.end(body);
    });
}

const clients = {
    // One request after the other, on what ought to be one connection.
    async agent() {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const sockets = new Set();
        agent.on("free", (socket) => sockets.add(socket.localPort));
        const answers = [];
        for (const [method, path, body] of [
            ["GET", "/"], ["GET", "/nowhere"], ["HEAD", "/"], ["POST", "/", "x".repeat(100_000)], ["GET", "/"],
        ]) {
            answers.push(await request(agent, method, path, body));
        }
        agent.destroy();
        return { answers, connections: sockets.size };
    },

    // A hundred at once, and an upload.
    async fetch() {
        const responses = await Promise.all(Array.from({ length: 100 }, () => fetch(url + "/")));
        const bodies = await Promise.all(responses.map((response) => response.text()));
        const etag = responses[0].headers.get("etag");
        const posted = await fetch(url + "/", { method: "POST", body: new URLSearchParams({ a: "b" }) });
        const again = await fetch(url + "/", { headers: { "If-None-Match": etag } });
        return { bodies, posted: posted.status, again: again.status };
    },
};

console.log(JSON.stringify(await clients[name]()));
