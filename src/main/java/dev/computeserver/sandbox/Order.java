package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import java.util.List;

/**
 * One thing to make.
 *
 * @param what    the capability
 * @param prompt  the words, empty where there are none
 * @param sources data, http or https URLs of the inputs: picture, then mask; or video, then sound
 * @param shape   the asked form
 * @param seed    equal orders make equal bytes
 * @param hidden  pictures come out black, as from a provider that withholds what it made
 * @param mask    what is repainted
 */
record Order(ProviderCapability what, String prompt, List<String> sources, Shape shape, long seed, boolean hidden, Mask mask) {

  /**
   * The asked form; each maker bounds what it uses.
   *
   * @param amount scale factor of an upscaled picture, seconds of sound or video; 0 for the maker's choice
   * @param format file type wanted, such as {@code png}; empty for the maker's choice
   */
  record Shape(int width, int height, double amount, String format) { }

  /** What a mask's maker means to be repainted. */
  enum Mask { WHITE, BLACK, TRANSPARENT }

  /** With a mask in which white is repainted. */
  Order(ProviderCapability what, String prompt, List<String> sources, Shape shape, long seed, boolean hidden) {
    this(what, prompt, sources, shape, seed, hidden, Mask.WHITE);
  }

  Order masked(Mask meant) {
    return new Order(what, prompt, sources, shape, seed, hidden, meant);
  }

  /** How many of its sources are pictures that are decoded, from the first. */
  int pictures() {
    return switch (what) {
      case INPAINTING -> 2;
      case IMAGE_EDITING, BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_UNDERSTANDING, IMAGE_TO_VIDEO, MODEL_3D_GENERATION -> Math.min(1, sources.size());
      default -> 0;
    };
  }

  Order {
    sources = List.copyOf(sources);
  }
}
