package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The sizes of a model, its usual one first: in pixels as {@code 1280:720}; of some models bare ratios; or {@code auto_720p}
 * where the size follows the input.
 */
record RunwaySizes(List<String> all) {
  private static final String[] RATIOS = {"1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "5:4", "4:5", "2:1", "1:2", "4:1", "1:4",
      "8:1", "1:8"};
  /** How far a size may be from the ratio that it is called by. */
  private static final double NEAR = 0.04;

  static RunwaySizes of(String words) {
    return new RunwaySizes(words.isEmpty() ? List.of() : List.of(words.split(" ")));
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  String usual() {
    return all.get(0);
  }

  /** The size of a picture by its ratio, or by width and height: exactly these, or those of the same ratio that come nearest. */
  String picture(Asked asked) {
    JsonObject in = asked.input();
    if (in.getString("aspect_ratio") != null) {
      return named(asked.oneOf("aspect_ratio", names())).get(0);
    }
    if (asked.longest() == 0) {
      return usual();
    }
    int width = asked.side("width");
    int height = asked.side("height");
    if (all.contains(width + ":" + height)) {
      return width + ":" + height;
    }
    double ratio = width / (double) height;
    return pixels().filter(size -> Math.abs(Math.log(Asked.value(size) / ratio)) <= NEAR)
        .min(Comparator.comparingLong(size -> Math.abs(area(size) - (long) width * height)))
        .orElseThrow(() -> asked.sizes("must have one of the ratios " + String.join(", ", names())));
  }

  /** The size of a video by its ratio and its resolution; the resolution alone where the model takes no sizes in pixels. */
  String video(Asked asked) {
    String resolution = asked.input().getString("resolution");
    if (resolution != null && resolution.contains("x")) {
      String exact = resolution.replace('x', ':');
      return Optional.of(exact).filter(all::contains).orElseThrow(() -> InvalidInput.input("resolution", "must be one of "
          + String.join(", ", pixels().map(size -> size.replace(':', 'x')).toList()) + " for " + asked.who()));
    }
    List<String> fitting = asked.input().getString("aspect_ratio") == null ? all : named(asked.oneOf("aspect_ratio", names()));
    if (resolution == null) {
      return fitting.get(0);
    }
    String wanted = resolution.equals("2160p") ? "4k" : resolution;
    return fitting.stream().filter(size -> tier(size).equals(wanted)).findFirst().orElseThrow(() -> InvalidInput.input("resolution",
        "must be one of " + String.join(", ", fitting.stream().map(RunwaySizes::tier).distinct().toList()) + " for " + asked.who()));
  }

  /** Whether resolutions are told by the sizes themselves. */
  boolean inPixels() {
    return !all.isEmpty() && all.stream().noneMatch(List.of(RATIOS)::contains);
  }

  private String[] names() {
    return Arrays.stream(RATIOS).filter(ratio -> !named(ratio).isEmpty()).toArray(String[]::new);
  }

  private List<String> named(String ratio) {
    return pixels().filter(size -> ratio.equals(name(size))).toList();
  }

  private Stream<String> pixels() {
    return all.stream().filter(size -> !size.startsWith("auto"));
  }

  private static String name(String size) {
    double value = Asked.value(size);
    return Arrays.stream(RATIOS).min(Comparator.comparingDouble(ratio -> Math.abs(Math.log(Asked.value(ratio) / value))))
        .filter(ratio -> Math.abs(Math.log(Asked.value(ratio) / value)) <= NEAR).orElse(null);
  }

  private static String tier(String size) {
    if (size.startsWith("auto_")) {
      return size.substring(5);
    }
    long area = area(size);
    return area < 300_000 ? "360p" : area < 600_000 ? "480p" : area < 1_500_000 ? "720p" : area < 4_000_000 ? "1080p" : "4k";
  }

  private static long area(String size) {
    String[] sides = size.split(":");
    return Long.parseLong(sides[0]) * Long.parseLong(sides[1]);
  }
}
