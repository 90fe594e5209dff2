package dev.computeserver.media;

import java.util.Comparator;
import java.util.Set;
import java.util.regex.Pattern;

/** Formats that hold sound, films or pictures alike: the head says which, or what is inside, or leaves it open. */
final class Containers {
  private static final Set<String> OLD_MOVIES = Set.of("moov", "mdat", "wide", "pnot");
  /** What may stand before all else in a film. */
  private static final Set<String> PADDING = Set.of("free", "skip");
  /** How parts of a film begin. */
  private static final Set<String> SEGMENTS = Set.of("styp", "sidx", "moof");

  /** An element of type CodecID, and in it the name of a codec for sound or pictures. */
  private static final Pattern CODEC = Pattern.compile("\u0086.([AV])_[A-Z]", Pattern.DOTALL);

  private enum Tracks {
    UNSEEN, SOUND, PICTURES
  }

  private Containers() {
  }

  /** Null where it is none of them. */
  static Seen seen(String text, byte[] head) {
    if (text.startsWith("ftyp", 4)) {
      return boxes(text);
    }
    String box = text.length() < 8 ? "" : text.substring(4, 8);
    if (OLD_MOVIES.contains(box) || text.startsWith("\0") && PADDING.contains(box)) {
      return Seen.of("video/quicktime", "video/mp4", "audio/mp4");
    }
    if (text.startsWith("\0") && SEGMENTS.contains(box)) {
      return Seen.of("video/mp4", "audio/mp4");
    }
    if (text.startsWith("\u001aE\u00df\u00a3")) {
      return matroska(text);
    }
    if (text.startsWith("OggS")) {
      return ogg(text);
    }
    boolean transport = head.length > 188 && head[0] == 'G' && head[188] == 'G' && (head.length <= 376 || head[376] == 'G');
    return transport ? Seen.of("video/mp2t") : null;
  }

  private static Seen boxes(String text) {
    String brand = text.length() < 12 ? "" : text.substring(8, 12);
    int size = Math.min(text.length(), text.charAt(2) << 8 | text.charAt(3));
    String compatible = size > 16 ? text.substring(16, size) : "";
    return switch (brand) {
      case "avif", "avis" -> Seen.of("image/avif", "image/avif-sequence");
      case "heic", "heix", "heim", "heis" -> Seen.of("image/heic", "image/heif");
      case "hevc", "hevx", "hevm", "hevs" -> Seen.of("image/heic-sequence", "image/heic", "image/heif-sequence", "image/heif");
      case "mif1", "msf1", "mif2" -> compatible.contains("avif") ? Seen.of("image/avif", "image/heif")
          : compatible.contains("hei") ? Seen.of("image/heic", "image/heif") : Seen.of("image/heif", "image/heic", "image/avif");
      case "crx " -> Seen.of("image/x-canon-cr3");
      case "M4A ", "M4B ", "M4P " -> Seen.of("audio/mp4", "audio/x-m4a", "audio/m4a");
      case "qt  " -> Seen.of("video/quicktime");
      default -> brand.startsWith("3g2") ? film(inBoxes(text), "video/3gpp2", "audio/3gpp2") : brand.startsWith("3g")
          ? film(inBoxes(text), "video/3gpp", "audio/3gpp") : film(inBoxes(text), "video/mp4", "audio/mp4", "audio/x-m4a", "audio/m4a", "video/x-m4v");
    };
  }

  private static Seen matroska(String text) {
    int kind = text.indexOf("matroska");
    Tracks tracks = CODEC.matcher(text).results().map(found -> found.group(1).equals("V") ? Tracks.PICTURES : Tracks.SOUND)
        .max(Comparator.naturalOrder()).orElse(Tracks.UNSEEN);
    return kind >= 0 && kind < 64 ? film(tracks, "video/x-matroska", "audio/x-matroska", "video/matroska", "audio/matroska")
        : film(tracks, "video/webm", "audio/webm");
  }

  /** Sound alone only where all is seen: tracks may stand far behind each other, or at the end. */
  private static Tracks inBoxes(String text) {
    Tracks seen = Tracks.UNSEEN;
    for (int at = text.indexOf("hdlr"); at >= 0; at = text.indexOf("hdlr", at + 4)) {
      if (text.startsWith("vide", at + 12)) {
        return Tracks.PICTURES;
      }
      seen = text.startsWith("soun", at + 12) ? Tracks.SOUND : seen;
    }
    return text.length() < FileType.HEAD ? seen : Tracks.UNSEEN;
  }

  private static Seen film(Tracks tracks, String video, String audio, String... names) {
    return switch (tracks) {
      case PICTURES -> new Seen(video, Set.of(names)::contains).of(FileType.Kind.VIDEO);
      case SOUND -> new Seen(audio, Set.of(names)::contains).of(FileType.Kind.AUDIO);
      case UNSEEN -> new Seen(video, claim -> claim.equals(audio) || Set.of(names).contains(claim));
    };
  }

  private static Seen ogg(String text) {
    if (text.contains("theora")) {
      return Seen.of("video/ogg", "application/ogg");
    }
    return text.contains("OpusHead") ? Seen.of("audio/ogg", "audio/opus", "application/ogg")
        : text.contains("vorbis") || text.contains("Speex") || text.contains("FLAC") ? Seen.of("audio/ogg", "application/ogg")
        : Seen.of("audio/ogg", "video/ogg", "application/ogg", "audio/opus");
  }
}
