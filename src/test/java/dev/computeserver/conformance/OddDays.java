package dev.computeserver.conformance;

import static dev.computeserver.support.FakeProvider.cut;
import static dev.computeserver.support.FakeProvider.cutInTheMiddle;
import static dev.computeserver.support.FakeProvider.reply;

import dev.computeserver.conformance.Recording.Recorded;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.support.FakeProvider.Behaviour;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Days on which one reply is odd and all others are good: whatever it is, the job is paid once and its result is not lost. */
final class OddDays {
  private static final List<Integer> REFUSALS = List.of(401, 402, 403, 404, 405, 406, 409, 410, 451);
  private static final List<Integer> PASSING = List.of(408, 425, 429, 500, 502, 503, 504, 520, 529);
  private static final Buffer NOISE = Buffer.buffer(noise());
  private static final String DEEP = "[".repeat(5_000) + "]".repeat(5_000);
  private static final String NO_FILE = "{\"error\":{\"code\":\"Expired\",\"message\":\"the link has expired\"}}";
  private static final String NO_FILE_XML = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code></Error>";
  private static final String PAGE = "<!DOCTYPE html>\n<html><body>Welcome</body></html>";
  /** In the place of a field that nobody needs; {@code NaN} is no JSON, but Python writes it. */
  private static final List<Object> ODD = Arrays.asList(null, 7, -0.5, "odd", true, new JsonObject().put("odd", 1), new JsonArray(), "NaN");

  private final Recording recording;
  private final String elsewhere;
  private final List<Day> days = new ArrayList<>();

  private OddDays(Recording recording, String elsewhere) {
    this.recording = recording;
    this.elsewhere = elsewhere;
  }

  static List<Day> of(Recording recording, String elsewhere) {
    OddDays odd = new OddDays(recording, elsewhere);
    odd.reshaped(Stage.SUBMIT);
    odd.unneeded(Stage.SUBMIT);
    for (Stage stage : List.of(Stage.CHECK, Stage.RESULT)) {
      if (recording.has(stage)) {
        odd.looks(stage);
        odd.reshaped(stage);
        odd.unneeded(stage);
        odd.needed(stage);
      }
    }
    odd.files();
    odd.cancels();
    return odd.days;
  }

  private Day day(Object... name) {
    String plain = String.join("-", Arrays.stream(name).map(each -> String.valueOf(each).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-")).toList());
    Day day = Day.of("odd-" + days.size() + "-" + plain.replaceAll("-+$", ""));
    days.add(day);
    return day;
  }

  private static Map<String, Behaviour> once() {
    Map<String, Behaviour> odd = new LinkedHashMap<>();
    REFUSALS.forEach(status -> odd.put(status + "", reply(status, "{\"detail\":\"odd\",\"error\":\"odd\",\"message\":\"odd\"}")));
    PASSING.forEach(status -> odd.put(status + "", reply(status, "{\"detail\":\"odd\"}")));
    odd.put("404 empty", reply(404, ""));
    odd.put("403 page", reply(403, "text/html", Buffer.buffer(PAGE)));
    odd.put("503 page", reply(503, "text/html", Buffer.buffer(PAGE)));
    odd.put("429 retry-after", reply(429, "{}", "Retry-After", "1"));
    odd.put("425 retry-after", reply(425, "{}", "Retry-After", "0.2"));
    odd.put("cut", cut());
    odd.put("cut midway", cutInTheMiddle());
    odd.put("204", reply(204, ""));
    odd.put("packed as br", reply(200, "application/json", NOISE, "Content-Encoding", "br"));
    odd.put("not packed as it says", reply(200, "application/json", NOISE, "Content-Encoding", "gzip"));
    odd.put("bomb", reply(200, "application/json", Buffer.buffer(packed("gzip", new byte[80_000_000])), "Content-Encoding", "gzip"));
    return odd;
  }

  private void looks(Stage stage) {
    once().forEach((name, odd) -> day(stage, name).at(stage, 1, odd));
    if (recording.route(stage).reply().bytes() == null) {
      day(stage, "noise").at(stage, 1, reply(200, "application/octet-stream", NOISE));
    }
    day(stage, "page").at(stage, 1, reply(200, "text/html", Buffer.buffer(PAGE)));
    for (String garbage : List.of("", "null", "7", "[]", "{}", "\"text\"", "{\"status\":", NO_FILE, "[[{", "NaN")) {
      day(stage, "garbage", garbage.length()).at(stage, 1, reply(200, garbage));
    }
    for (int status : List.of(302, 303, 307)) {
      day(stage, status).at(stage, 1, reply(status, "", "Location", elsewhere + "/stolen"));
    }
    if (!recording.tellsEnd.contains(stage)) {
      day(stage, 400).at(stage, 1, reply(400, "{\"detail\":\"odd\"}"));
      day(stage, 422).at(stage, 1, reply(422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"odd\",\"type\":\"odd\"}]}"));
    }
    day(stage, "several").shaped(stage, 3, (status, type, body) -> reply(404, "{}"));
  }

  /** The good reply itself, as nobody would write it. */
  private void reshaped(Stage stage) {
    Recorded good = recording.route(stage).reply();
    day(stage, "gzip").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, Buffer.buffer(packed("gzip", body.getBytes())), "Content-Encoding", "gzip"));
    day(stage, "deflate").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, Buffer.buffer(packed("deflate", body.getBytes())), "Content-Encoding", "deflate"));
    if (good.text() == null || !good.text().startsWith("{")) {
      return;
    }
    if (stage != Stage.SUBMIT) {
      day(stage, "truncated").shaped(stage, 1, (status, type, body) -> reply(status, type, body.slice(0, body.length() - 3)));
      day(stage, "as text").shaped(stage, 1, (status, type, body) -> reply(status, "text/plain", body));
      day(stage, "padded").shaped(stage, 1, (status, type, body) -> reply(status, type, with(body, "\"odd\":\"" + "x".repeat(300_000) + "\"")));
    }
    day(stage, "deep").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, with(body, "\"odd\":" + DEEP)));
    day(stage, "nan").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, with(body, "\"odd\":NaN,\"odder\":-Infinity")));
    day(stage, "long number").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, with(body, "\"odd\":" + "9".repeat(400))));
    day(stage, "wide").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, with(body, "\"odd\":[" + "null,".repeat(20_000) + "null]")));
    day(stage, "doubled").shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, doubled(body)));
  }

  private static Buffer with(Buffer json, String field) {
    String text = json.toString().trim();
    return Buffer.buffer(text.substring(0, text.length() - 1) + (text.matches("(?s)\\{\\s*}") ? "" : ",") + field + "}");
  }

  /** Each field twice. */
  private static Buffer doubled(Buffer json) {
    String text = json.toString().trim();
    String inside = text.substring(1, text.length() - 1);
    return Buffer.buffer("{" + inside + (inside.isBlank() ? "" : "," + inside) + "}");
  }

  /** Each field of the good reply that is not needed, in turn: gone, or of another type. */
  private void unneeded(Stage stage) {
    for (List<Object> path : paths(stage)) {
      if (!recording.needed.getOrDefault(stage, List.of()).contains(pointer(path))) {
        for (Object odd : ODD) {
          day(stage, pointer(path), "is", odd).tellingOtherFacts().shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, Fields.put(body, path, odd)));
        }
        day(stage, pointer(path), "gone").tellingOtherFacts().shaped(stage, Day.FOREVER, (status, type, body) -> reply(status, type, Fields.remove(body, path)));
      }
    }
  }

  /** Where a needed field is odd, the reply is no answer, and the next one is. */
  private void needed(Stage stage) {
    for (List<Object> path : paths(stage)) {
      if (recording.needed.getOrDefault(stage, List.of()).contains(pointer(path))) {
        day(stage, pointer(path), "once null").shaped(stage, 1, (status, type, body) -> reply(status, type, Fields.put(body, path, null)));
        day(stage, pointer(path), "once a list").shaped(stage, 1, (status, type, body) -> reply(status, type, Fields.put(body, path, new JsonArray())));
      }
    }
  }

  private List<List<Object>> paths(Stage stage) {
    String text = recording.route(stage).reply().text();
    return text == null || !text.startsWith("{") ? List.of() : Fields.paths(new JsonObject(text.replaceAll("\\$\\{request[^}]*}", "{}")));
  }

  private static String pointer(List<Object> path) {
    StringBuilder pointer = new StringBuilder();
    path.forEach(step -> pointer.append('/').append(step));
    return pointer.toString();
  }

  private void files() {
    if (!recording.has(Stage.FILE)) {
      return;
    }
    String claimed = recording.route(Stage.FILE).reply().contentType();
    once().forEach((name, odd) -> {
      if (!name.equals("bomb")) {
        day("file", name).at(Stage.FILE, 1, odd);
      }
    });
    Map<String, String> instead = Map.of("empty", "", "page", PAGE, "json", NO_FILE, "xml", NO_FILE_XML, "words", "Not found");
    instead.forEach((name, text) -> {
      day("file", name).at(Stage.FILE, 1, reply(200, claimed, Buffer.buffer(text)));
      day("file", name, "as octets").at(Stage.FILE, 1, reply(200, "application/octet-stream", Buffer.buffer(text)));
    });
    for (int status : List.of(301, 302, 303, 307, 308)) {
      Day moved = day("file", status);
      moved.at(Stage.FILE, Day.FOREVER, reply(status, "", "Location", elsewhere + Script.MOVED + moved.name));
    }
    day("file", "gzip").shaped(Stage.FILE, Day.FOREVER, (status, type, body) -> reply(status, type, Buffer.buffer(packed("gzip", body.getBytes())), "Content-Encoding", "gzip"));
    day("file", "deflate").shaped(Stage.FILE, Day.FOREVER, (status, type, body) -> reply(status, type, Buffer.buffer(packed("deflate", body.getBytes())), "Content-Encoding", "deflate"));
    day("file", "gzip cut off").shaped(Stage.FILE, 1, (status, type, body) -> {
      byte[] packed = packed("gzip", body.getBytes());
      return reply(status, type, Buffer.buffer(packed).slice(0, packed.length - 9), "Content-Encoding", "gzip");
    });
    for (String type : List.of("text/plain", "application/json", "application/octet-stream", "binary/octet-stream", "odd")) {
      day("file", "called", type).shaped(Stage.FILE, Day.FOREVER, (status, good, body) -> reply(status, type, body));
    }
    if (recording.has(Stage.CHECK)) {
      for (int status : List.of(401, 403, 404, 410)) {
        day("file", "expired", status).untilRenewed(reply(status, ""));
      }
      day("file", "expired with words").untilRenewed(reply(200, NO_FILE));
    }
  }

  private void cancels() {
    if (!recording.has(Stage.CANCEL)) {
      return;
    }
    once().forEach((name, odd) -> {
      // Which means to some that it is done.
      if (!name.equals("204")) {
        cancelled("cancel", name).at(Stage.CANCEL, 1, odd);
      }
    });
    cancelled("cancel", "good");
    for (String garbage : List.of("", "null", "[]", "{}", "{\"status\":")) {
      cancelled("cancel", "garbage", garbage.length()).shaped(Stage.CANCEL, 1, (status, type, body) -> reply(status, type, Buffer.buffer(garbage)));
    }
  }

  private Day cancelled(Object... name) {
    return day(name).runningOn().cancelledAt(Stage.CHECK).charged("yes", "no", "unknown");
  }

  private static byte[] packed(String coding, byte[] plain) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = coding.equals("gzip") ? new GZIPOutputStream(packed) : new DeflaterOutputStream(packed)) {
      out.write(plain);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return packed.toByteArray();
  }

  private static byte[] noise() {
    byte[] noise = new byte[5_000];
    new Random(7).nextBytes(noise);
    return noise;
  }
}
