package dev.computeserver.provider;

/**
 * How a provider takes the file behind an {@code *_url} of the input. The durable flow brings every input into the form
 * that is asked for, before anything is submitted.
 *
 * @param mask how a mask must look, or null for what is no mask; clients send masks in which white is repainted
 */
public record InputForm(Kind kind, Mask mask) {
  /** A link or a data URI, as the client gave it. */
  public static final InputForm AS_GIVEN = new InputForm(Kind.AS_GIVEN, null);
  /** A link that the provider can reach: what a client gave inline is offered at a signed link of ours. */
  public static final InputForm LINK = new InputForm(Kind.LINK, null);
  /** A base64 data URI: what a client gave as a link is fetched. */
  public static final InputForm DATA_URI = new InputForm(Kind.DATA_URI, null);
  /** The bytes, in {@link Submission#file}, for a multipart part or a field in base64. */
  public static final InputForm BYTES = new InputForm(Kind.BYTES, null);
  /** Uploaded to the provider first, by {@link ProviderProcessor#upload}; the input holds what the upload answered. */
  public static final InputForm UPLOAD = new InputForm(Kind.UPLOAD, null);
  /** As the client gave it, but a data URI of more than {@value #MOST_INLINE} characters is uploaded. */
  public static final InputForm UPLOAD_LARGE = new InputForm(Kind.UPLOAD_LARGE, null);
  /** What 256 KiB are in base64. */
  static final int MOST_INLINE = 350_000;

  /** The same for a mask. */
  public InputForm as(Mask look) {
    return new InputForm(kind, look);
  }

  /** Whether what the client gave is in this form already, but for a mask's look. */
  boolean takes(String given, boolean inline) {
    return switch (kind) {
      case AS_GIVEN -> true;
      case LINK -> !inline;
      case DATA_URI -> inline;
      case UPLOAD_LARGE -> !inline || given.length() <= MOST_INLINE;
      case BYTES, UPLOAD -> false;
    };
  }

  /** The forms. */
  public enum Kind {
    AS_GIVEN, LINK, DATA_URI, BYTES, UPLOAD, UPLOAD_LARGE
  }

  /** How a provider wants masks. A conversion gives a PNG. */
  public enum Mask {
    /** White is repainted: ours. */
    WHITE_REPAINTED,
    /** Black is repainted. */
    BLACK_REPAINTED,
    /** Transparent is repainted. */
    TRANSPARENT_REPAINTED
  }
}
