package dev.computeserver.provider;

import dev.computeserver.media.DataUri;
import dev.computeserver.media.FileType;
import dev.computeserver.media.UprightPicture;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** The links in a task's input, which clients write in all the ways that browsers read. */
public final class InputUrls {
  /** What of inline data is looked at before a task is accepted: enough to know a file by, and read in no time. */
  private static final int MOST_LOOKED_AT = 64 * 1024;
  /** Where a camera's notes and its small copy of the picture end. */
  private static final int PICTURE_HEAD = 256 * 1024;

  private InputUrls() {
  }

  /**
   * What can be told of a field of the input without fetching anything: that it is no URL, or that the data in it is malformed or another
   * kind of file than the field is for. Empty where nothing is wrong, or the field leads to no file.
   */
  public static Optional<InvalidInput> fault(String field, Object value) {
    if (!field.endsWith("_url") || !(value instanceof String given)) {
      return Optional.empty();
    }
    boolean whole = given.length() <= MOST_LOOKED_AT;
    try {
      if (DataUri.is(given)) {
        typeOf(field, DataUri.of(whole ? given : given.substring(0, MOST_LOOKED_AT)));
      } else {
        WebUrl.of(given);
      }
      return Optional.empty();
    } catch (InvalidInput refused) {
      return Optional.of(refused);
    } catch (UrlGuard.RefusedUrl none) {
      return Optional.of(InvalidInput.input(field, "cannot be fetched: " + none.getMessage()));
    } catch (DataUri.Malformed malformed) {
      // Data that was cut for the look may seem so.
      return whole ? Optional.of(InvalidInput.input(field, malformed.getMessage())) : Optional.empty();
    }
  }

  /** The type of the file that is inline; throws {@link InvalidInput} where it is not what the field is for. */
  static String typeOf(String field, DataUri uri) {
    try {
      return InputKind.of(field).typeOf(field, uri.head(FileType.HEAD), uri.type());
    } catch (InvalidInput | DataUri.Malformed other) {
      throw uri.isCutInQuotes() ? InvalidInput.input(field, "is a data URI whose data begins at its first comma, which stands within a quoted "
          + "parameter; write that one as %2C, or leave the parameter out") : other;
    }
  }

  /** Whether the file that is inline is a picture that is to be turned. */
  static boolean isTurned(String field, DataUri uri) {
    return InputKind.of(field) == InputKind.PICTURE && UprightPicture.isNeeded(uri.head(PICTURE_HEAD));
  }

  /** The fields that lead to a file. */
  static List<String> fields(JsonObject input) {
    return input.fieldNames().stream().filter(name -> name.endsWith("_url") && input.getValue(name) instanceof String).toList();
  }

  /** The input with its links in the one form that every program reads alike. What is no link at all stays as it is, to be refused later. */
  static JsonObject plain(JsonObject input) {
    JsonObject plain = new JsonObject(new LinkedHashMap<>(input.getMap()));
    fields(input).forEach(field -> plain.put(field, plain(input.getString(field))));
    return plain;
  }

  private static String plain(String given) {
    if (DataUri.is(given)) {
      return given.startsWith("data:") ? given : "data:" + given.substring(given.indexOf(':') + 1);
    }
    try {
      return WebUrl.of(given).toString();
    } catch (UrlGuard.RefusedUrl none) {
      return given;
    }
  }
}
