package dev.computeserver.fault;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What stands before the nodes for providers: passes a callback to the first node that answers. */
final class CallbackFront {
  private final HttpServer server;
  private final HttpClient client;
  private final List<ClusterNode> nodes;
  private final String host;
  private int turn;

  CallbackFront(Vertx vertx, String host, List<ClusterNode> nodes) throws Exception {
    this.nodes = nodes;
    this.host = host;
    client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(1_000));
    server = vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> pass(request, body, nodes.size())))
        .listen(0, host).await(10, TimeUnit.SECONDS);
  }

  String url() {
    return "http://" + host + ":" + server.actualPort();
  }

  private void pass(HttpServerRequest request, Buffer body, int left) {
    if (left == 0) {
      request.response().setStatusCode(502).end();
      return;
    }
    ClusterNode node = nodes.get(Math.floorMod(turn++, nodes.size()));
    RequestOptions options = new RequestOptions().setMethod(HttpMethod.POST).setHost(node.host()).setPort(node.port()).setURI(request.uri())
        .setTimeout(2_000);
    client.request(options).compose(passed -> {
      request.headers().forEach(header -> {
        if (!header.getKey().equalsIgnoreCase("host") && !header.getKey().equalsIgnoreCase("content-length")) {
          passed.putHeader(header.getKey(), header.getValue());
        }
      });
      return passed.send(body);
    }).onComplete(answer -> request.response().setStatusCode(answer.statusCode()).end(), failed -> pass(request, body, left - 1));
  }
}
