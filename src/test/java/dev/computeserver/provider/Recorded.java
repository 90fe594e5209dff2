package dev.computeserver.provider;

import static com.github.tomakehurst.wiremock.client.WireMock.aMultipart;
import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.binaryEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.moreThanOrExactly;
import static com.github.tomakehurst.wiremock.client.WireMock.request;
import static com.github.tomakehurst.wiremock.client.WireMock.requestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathTemplate;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.matching.StringValuePattern;
import com.github.tomakehurst.wiremock.matching.UrlPattern;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A task that a provider fulfils: how each request of it is answered, in the words of the provider's own documents, and what
 * must come of it. Replies are files below {@code providers/} in the test resources.
 */
final class Recorded {
  static final String CALLBACKS = "https://compute.example.com";
  static final byte[] PNG = bytes("\u0089PNG\r\n\u001a\nfox");
  static final byte[] JPEG = bytes("\u00ff\u00d8\u00ff fox");
  static final byte[] WEBP = bytes("RIFF\0\0\0\0WEBPVP8 fox");
  static final byte[] MP4 = bytes("\0\0\0\u0018ftypisomfox");
  static final byte[] MP3 = bytes("ID3 not really");

  final RecordedProvider provider;
  final String title;
  final JsonObject task;
  final List<File> outputs = new ArrayList<>();
  JsonObject result = new JsonObject();
  String externalId;
  private final List<Consumer<WireMockServer>> stubs = new ArrayList<>();
  private final List<Consumer<WireMockServer>> checks = new ArrayList<>();
  private RequestPatternBuilder submit;
  private UrlPattern submitUrl;
  private StringValuePattern submitBody = matching("(?s).*");

  /** A file that the task must give. */
  record File(String contentType, byte[] content) {}

  private Recorded(RecordedProvider provider, String title, JsonObject task) {
    this.provider = provider;
    this.title = title;
    this.task = task;
  }

  /** @param title what tells it from the provider's others */
  static Recorded of(ProviderType type, String title, String capability, String input) {
    JsonObject task = new JsonObject().put("capability", capability).put("provider", type.word()).put("input", new JsonObject(input));
    return new Recorded(RecordedProvider.of(type), title, task);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A reply with a file of the test resources, in which {@code {{request.baseUrl}}} and the like are filled in. */
  static ResponseDefinitionBuilder json(int status, String file) {
    try (InputStream in = Recorded.class.getResourceAsStream("/providers/" + file)) {
      return aResponse().withStatus(status).withHeader("Content-Type", "application/json")
          .withBody(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static ResponseDefinitionBuilder json(String file) {
    return json(200, file);
  }

  static ResponseDefinitionBuilder file(String contentType, byte[] content) {
    return aResponse().withHeader("Content-Type", contentType).withBody(content);
  }

  Recorded model(String model) {
    task.put("model", model);
    return this;
  }

  Recorded options(String options) {
    task.put("provider_options", new JsonObject(options));
    return this;
  }

  /** The one request that asks for the work, in JSON. */
  Recorded submit(String path, ResponseDefinitionBuilder reply) {
    submit(path, reply, matching("application/json(;.*)?"));
    return this;
  }

  /** The same as a form of parts. */
  Recorded submitForm(String path, ResponseDefinitionBuilder reply) {
    submit(path, reply, matching("multipart/form-data; ?boundary=.+"));
    return this;
  }

  /** The same as bare bytes. */
  Recorded submitBytes(String path, String contentType, byte[] content, ResponseDefinitionBuilder reply) {
    submit(path, reply, equalTo(contentType));
    return wants(request -> request.withRequestBody(binaryEqualTo(content)));
  }

  private void submit(String path, ResponseDefinitionBuilder reply, StringValuePattern contentType) {
    submitUrl = url(provider.path() + path);
    submit = requestedFor("POST", submitUrl).withHeader(provider.header(), equalTo(provider.authorization()))
        .withHeader("Content-Type", contentType);
    stubs.add(server -> server.stubFor(request("POST", submitUrl).withRequestBody(submitBody).willReturn(reply)));
  }

  private static UrlPattern url(String path) {
    return path.contains("{") ? urlPathTemplate(path) : path.contains("?") ? urlEqualTo(path) : urlPathEqualTo(path);
  }

  /** What tells this submit from another one to the same path. */
  Recorded toldBy(StringValuePattern body) {
    submitBody = body;
    return this;
  }

  /** What else the submit must be like. */
  Recorded wants(UnaryOperator<RequestPatternBuilder> more) {
    submit = more.apply(submit);
    return this;
  }

  Recorded wantsHeader(String name, String value) {
    return wants(request -> request.withHeader(name, equalTo(value)));
  }

  Recorded wantsJson(String path, String value) {
    return wantsJson(path, equalTo(value));
  }

  Recorded wantsJson(String path, StringValuePattern value) {
    return wants(request -> request.withRequestBody(matchingJsonPath(path, value)));
  }

  Recorded wantsPart(String name, String value) {
    return wants(request -> request.withAnyRequestBodyPart(aMultipart().withName(name).withBody(equalTo(value))));
  }

  Recorded wantsFile(String name, String contentType, byte[] content) {
    return wants(request -> withFile(request, name, contentType, content));
  }

  static RequestPatternBuilder withFile(RequestPatternBuilder request, String name, String contentType, byte[] content) {
    return request.withAnyRequestBodyPart(aMultipart().withName(name)
        .withHeader("Content-Disposition", matching(".*filename=\".+\\..+\".*")).withHeader("Content-Type", equalTo(contentType))
        .withBody(binaryEqualTo(content)));
  }

  /** That the submit tells where to report, in that field. */
  Recorded wantsCallback(String path) {
    return wantsJson(path, matching(callback()));
  }

  String callback() {
    return CALLBACKS.replace(".", "\\.") + "/v1/provider-callbacks/" + provider.type().word() + "/.+";
  }

  /** A later request, answered with each reply in turn and then with the last one; it must come as often as there are replies. */
  Recorded asks(String method, String path, ResponseDefinitionBuilder... replies) {
    return asks(method, path, request -> request, replies);
  }

  /** @param more what else each of those requests must be like */
  Recorded asks(String method, String path, UnaryOperator<RequestPatternBuilder> more, ResponseDefinitionBuilder... replies) {
    UrlPattern url = url(provider.path() + path);
    stubs.add(server -> {
      for (int i = 0; i < replies.length; i++) {
        String state = i == 0 ? Scenario.STARTED : "reply " + i;
        String next = i == replies.length - 1 ? state : "reply " + (i + 1);
        // A path with an id of any kind is for what no other path is for.
        server.stubFor(request(method, url).atPriority(path.contains("{") ? 9 : 5).inScenario(this + " " + path)
            .whenScenarioStateIs(state).willReturn(replies[i]).willSetStateTo(next));
      }
    });
    checks.add(server -> server.verify(moreThanOrExactly(replies.length),
        more.apply(requestedFor(method, url).withHeader(provider.header(), equalTo(provider.authorization())))));
    return this;
  }

  /** What the provider does not have, though it may be asked for it. */
  Recorded lacks(String path) {
    stubs.add(server -> server.stubFor(any(url(provider.path() + path)).willReturn(aResponse().withStatus(404))));
    return this;
  }

  /** Where the provider keeps what it made: fetched once, without the key. */
  Recorded fetches(String path, String contentType, byte[] content) {
    stubs.add(server -> server.stubFor(any(urlPathEqualTo(path)).willReturn(file(contentType, content))));
    checks.add(server -> server.verify(1, requestedFor("GET", urlPathEqualTo(path)).withHeader(provider.header(), absent())));
    return gives(contentType, content);
  }

  Recorded gives(String contentType, byte[] content) {
    outputs.add(new File(contentType, content));
    return this;
  }

  Recorded result(String fields) {
    result = new JsonObject(fields);
    return this;
  }

  Recorded externalId(String id) {
    externalId = id;
    return this;
  }

  void stub(WireMockServer server) {
    stubs.forEach(stub -> stub.accept(server));
  }

  /** That one submit came, as the provider wants it, and whatever else must have been asked. */
  void verify(WireMockServer server) {
    server.verify(1, requestedFor("POST", submitUrl).withRequestBody(submitBody));
    server.verify(1, submit);
    checks.forEach(check -> check.accept(server));
  }

  @Override
  public String toString() {
    return title + " at " + provider.type().word();
  }
}
