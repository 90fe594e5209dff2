package dev.computeserver.sandbox;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** A {@code multipart/form-data} body: texts and files by name; of several parts with one name the last counts. */
final class Form {

  /** A part with a file name. */
  record File(String name, String contentType, Buffer bytes) {

    String dataUrl() {
      return "data:" + contentType + ";base64," + Base64.getEncoder().encodeToString(bytes.getBytes());
    }
  }

  private static final String KEY = Form.class.getName();

  private final JsonObject texts = new JsonObject();
  private final Map<String, File> files = new LinkedHashMap<>();

  private Form() { }

  static boolean isForm(RoutingContext ctx) {
    String type = ctx.request().getHeader("Content-Type");
    return type != null && type.startsWith("multipart/form-data");
  }

  /** The form of a request, as read by {@link #reader}; null where it had none. */
  static Form of(RoutingContext ctx) {
    return ctx.get(KEY);
  }

  /** Reads forms of {@code most} bytes at most, and leaves other bodies to {@code others}. */
  static Handler<RoutingContext> reader(long most, Handler<RoutingContext> others) {
    return ctx -> {
      if (isForm(ctx)) {
        read(ctx, most);
      } else {
        others.handle(ctx);
      }
    };
  }

  private static void read(RoutingContext ctx, long most) {
    HttpServerRequest request = ctx.request();
    Form form = new Form();
    request.setExpectMultipart(true);
    request.uploadHandler(upload -> {
      Buffer bytes = Buffer.buffer();
      upload.handler(part -> {
        bytes.appendBuffer(part);
        if (request.bytesRead() > most && !ctx.failed()) {
          ctx.fail(413);
        }
      });
      upload.endHandler(end -> form.files.put(upload.name(), new File(upload.filename(), upload.contentType(), bytes)));
    });
    request.exceptionHandler(broken -> {
      if (!ctx.failed()) {
        ctx.fail(400);
      }
    });
    request.endHandler(end -> {
      request.formAttributes().forEach(text -> form.texts.put(text.getKey(), text.getValue()));
      if (!ctx.failed()) {
        ctx.put(KEY, form);
        ctx.next();
      }
    });
  }

  String text(String name) {
    return texts.getString(name);
  }

  File file(String name) {
    return files.get(name);
  }

  JsonObject texts() {
    return texts;
  }

  Map<String, File> files() {
    return files;
  }

  /** The form as the JSON body of a job: texts as they are, {@code sandbox} as the object it holds, files as data URLs. */
  Buffer asJson() {
    JsonObject json = texts.copy();
    if (texts.getValue("sandbox") instanceof String wish) {
      try {
        json.put("sandbox", new JsonObject(wish));
      } catch (DecodeException notJson) {
        throw new Wish.BadWish("", "must be an object");
      }
    }
    files.forEach((name, file) -> json.put(name, file.dataUrl()));
    return json.toBuffer();
  }
}
