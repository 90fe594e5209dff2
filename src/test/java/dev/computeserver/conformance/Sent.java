package dev.computeserver.conformance;

import dev.computeserver.support.FakeProvider.Seen;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpData;
import io.netty.handler.codec.http.multipart.HttpPostMultipartRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A request of a processor, looked into at the places that recordings name: {@code /a/b} in a JSON body, {@code name} for a part of a form,
 * {@code name:/a/b} in a part that holds JSON, {@code ?name} in the query.
 */
final class Sent {
  /** Goes with one submit of the suite as one of its {@code provider_options}. */
  static final String ODD_OPTION = "odd_option";

  private final Seen seen;
  /** Null where it is no form. */
  private final List<Part> parts;

  /** @param fileName null where the part is no file */
  private record Part(String name, String fileName, String text) {
  }

  private Sent(Seen seen) {
    this.seen = seen;
    parts = seen.headers().getOrDefault("content-type", "").startsWith("multipart/form-data") ? parts(seen) : null;
  }

  static Sent of(Seen seen) {
    return new Sent(seen);
  }

  private static List<Part> parts(Seen seen) {
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, seen.headers().get("content-type"));
    HttpPostMultipartRequestDecoder decoder = new HttpPostMultipartRequestDecoder(new DefaultHttpDataFactory(false), head, StandardCharsets.UTF_8);
    try {
      decoder.offer(new DefaultLastHttpContent(Unpooled.wrappedBuffer(seen.body().getBytes())));
      List<Part> parts = new ArrayList<>();
      for (InterfaceHttpData part : decoder.getBodyHttpDatas()) {
        String fileName = part instanceof FileUpload file ? file.getFilename() : null;
        parts.add(new Part(part.getName(), fileName, ((HttpData) part).getString(StandardCharsets.UTF_8)));
      }
      return parts;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      decoder.destroy();
    }
  }

  /** What stands there as text, the first where there are several; fails where there is nothing, and says what to write instead. */
  String at(String place) {
    return all(place).stream().findFirst().map(String::valueOf).orElseThrow(() -> new AssertionError(missing(place)));
  }

  /** The whole body, which must be JSON. */
  String json() {
    if (document(seen.body().toString()) == null) {
      throw new AssertionError("${request} stands for a body in JSON, but " + this + ": write ${request:PLACE} for a value in it");
    }
    return seen.body().toString();
  }

  /** Whether a value stands there; one in JSON whatever the order of its fields, and without the suite's own option. */
  boolean holds(String place, String value) {
    return all(place).stream().anyMatch(each -> comparable(each).equals(comparable(value)));
  }

  /** The names of the files in the parts of a name. */
  List<String> fileNames(String part) {
    return parts == null ? List.of() : parts.stream().filter(each -> each.name.equals(part)).map(Part::fileName).filter(Objects::nonNull).toList();
  }

  /** All that stands there; empty where nothing does, or null. */
  List<Object> all(String place) {
    if (place.startsWith("?")) {
      return List.copyOf(new QueryStringDecoder(seen.uri()).parameters().getOrDefault(place.substring(1), List.of()));
    }
    if (place.startsWith("/")) {
      return at(place, List.of(seen.body().toString()));
    }
    int pointer = place.indexOf(":/");
    return pointer < 0 ? List.copyOf(texts(place)) : at(place.substring(pointer + 1), texts(place.substring(0, pointer)));
  }

  private List<String> texts(String part) {
    return parts == null ? List.of() : parts.stream().filter(each -> each.name.equals(part)).map(Part::text).toList();
  }

  private static List<Object> at(String pointer, List<String> documents) {
    return documents.stream().map(text -> JsonPointer.from(pointer).queryJson(document(text))).filter(Objects::nonNull).toList();
  }

  /** Null where it is no JSON. */
  private static Object document(String text) {
    try {
      return Json.decodeValue(text);
    } catch (DecodeException noJson) {
      return null;
    }
  }

  private static Object comparable(Object value) {
    Object document = value instanceof String text && text.matches("(?s)\\s*[\\[{].*") ? document(text) : value;
    return document instanceof JsonObject || document instanceof JsonArray ? withoutOddOption(document) : String.valueOf(value);
  }

  private static Object withoutOddOption(Object value) {
    if (value instanceof JsonObject object) {
      JsonObject rest = new JsonObject();
      object.forEach(field -> rest.put(field.getKey(), withoutOddOption(field.getValue())));
      rest.remove(ODD_OPTION);
      return rest;
    }
    return value instanceof JsonArray list ? new JsonArray(list.stream().map(Sent::withoutOddOption).toList()) : value;
  }

  /** That nothing stands there, what the request is, and which place may be meant. */
  String missing(String place) {
    String meant = "";
    if (parts != null && place.startsWith("/")) {
      String[] steps = place.substring(1).split("/", 2);
      String likely = steps[0] + (steps.length == 1 ? "" : ":/" + steps[1]);
      meant = ": write the part's name, as in " + (all(likely).isEmpty() ? "PART, or PART:/a/b for a value in a part of JSON" : likely);
    } else if (parts == null && !place.startsWith("/") && !place.startsWith("?")) {
      meant = ": write a JSON pointer, as in /" + place.replace(":/", "/");
    } else if (place.contains(":/") && !texts(place.substring(0, place.indexOf(":/"))).isEmpty()) {
      String part = place.substring(0, place.indexOf(":/"));
      meant = "; part " + part + " has " + told(texts(part).get(0));
    } else if (place.startsWith("?")) {
      meant = "; its query names " + String.join(", ", new QueryStringDecoder(seen.uri()).parameters().keySet());
    }
    return "nothing stands at " + place + ", since " + this + meant;
  }

  /** What it is, for a message. */
  @Override
  public String toString() {
    return seen.method() + " " + seen.path() + " has " + (parts == null ? told(seen.body().toString())
        : "a form with the parts " + parts.stream().map(Part::name).distinct().collect(Collectors.joining(", ")));
  }

  private static String told(String body) {
    return document(body) instanceof JsonObject json ? "JSON with the fields " + String.join(", ", json.fieldNames())
        : body.isEmpty() ? "no body" : "no JSON object";
  }
}
