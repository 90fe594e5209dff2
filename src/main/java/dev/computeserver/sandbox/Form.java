package dev.computeserver.sandbox;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostMultipartRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

  private static final int MOST_FIELDS = 256;
  private static final int MOST_HEADER = 8 * 1024;
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

  /** Takes the body that was read apart where it is a form, a big one beside the event loop; one that is malformed is answered with 400. */
  static Handler<RoutingContext> reader(WorkerExecutor worker) {
    return ctx -> {
      if (!isForm(ctx)) {
        ctx.next();
        return;
      }
      String type = ctx.request().getHeader("Content-Type");
      Buffer body = ctx.body().buffer();
      Future<Form> form = body.length() <= Submission.SMALL ? Future.succeededFuture(body).map(bytes -> read(type, bytes))
          : worker.executeBlocking(() -> read(type, body), false);
      form.onComplete(read -> ctx.put(KEY, read).next(), malformed -> ctx.fail(400));
    };
  }

  private static Form read(String type, Buffer body) {
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    HttpPostMultipartRequestDecoder decoder = new HttpPostMultipartRequestDecoder(new DefaultHttpDataFactory(false), head,
        StandardCharsets.UTF_8, MOST_FIELDS, MOST_HEADER);
    try {
      decoder.offer(new DefaultLastHttpContent(Unpooled.wrappedBuffer(body.getBytes())));
      Form form = new Form();
      for (InterfaceHttpData part : decoder.getBodyHttpDatas()) {
        if (part instanceof FileUpload file) {
          form.files.put(file.getName(), new File(file.getFilename(), file.getContentType(), Buffer.buffer(file.get())));
        } else if (part instanceof Attribute text) {
          form.texts.put(text.getName(), text.getValue());
        }
      }
      return form;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      decoder.destroy();
    }
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
