// Stands between the command line and the server and notes what they say.  The
// server is there a second time, at the path /below/here.
import http from 'node:http';

// calls gets {method, path, secret, body, status, answer} of every call.
export async function startProxy(target, calls) {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const headers = { ...request.headers };
    delete headers.host;
    delete headers.connection;
    delete headers['accept-encoding'];
    delete headers['content-length'];
    const path = request.url.replace(/^\/below\/here(?=\/)/, '');
    const reply = await fetch(target + path, {
      method: request.method,
      headers,
      ...(body.length > 0 && { body }),
    });
    const answer = Buffer.from(await reply.arrayBuffer());
    calls.push({
      method: request.method,
      path,
      secret: headers['x-hasura-admin-secret'],
      body: body.toString(),
      status: reply.status,
      answer: answer.toString(),
    });
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') });
    response.end(answer);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}
