package dev.computeserver.provider;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * What a model of Runway's for pictures or videos takes.
 *
 * @param sizes of pictures, or of videos from words
 * @param fromPicture sizes of videos from a picture; none where the picture tells
 * @param resolutions where they are a field of their own
 * @param numbers seconds of a video, or pictures at once: {@code 2..10} or {@code 4|6|8}
 * @param letters of the prompt at most
 * @param flags {@code seed}: takes one; {@code wordless}: makes a video of a picture alone; {@code adapts}: a video from a picture needs no
 *     size; {@code timed}: seconds must be given; {@code edits}: has a field for editing
 * @param formats of pictures; none where they cannot be chosen
 */
record RunwayModel(RunwaySizes sizes, RunwaySizes fromPicture, String resolutions, String numbers, int letters, Set<String> flags,
    String formats) {

  private static final String GEN4_IMAGE = "1024:1024 1920:1080 1080:1920 1440:1080 1080:1440 2112:912 1080:1080 1168:880 1360:768 1808:768"
      + " 1280:720 720:1280 720:720 960:720 720:960 1680:720";
  private static final String GEMINI = "1024:1024 1344:768 768:1344 1184:864 864:1184 1248:832 832:1248 1536:672 1152:896 896:1152";
  private static final String GEMINI_LARGE = " 2048:2048 1696:2528 2528:1696 1792:2400 2400:1792 1856:2304 2304:1856 1536:2752 2752:1536"
      + " 3168:1344 4096:4096 3392:5056 5056:3392 3584:4800 4800:3584 3712:4608 4608:3712 3072:5504 5504:3072 6336:2688";
  private static final String GEMINI_FLASH = " 512:512 416:624 624:416 432:592 592:432 448:576 576:448 384:672 672:384 768:336 256:1024 1024:256"
      + " 176:1408 1408:176 512:2048 2048:512 352:2816 2816:352 1024:4096 4096:1024 704:5632 5632:704 2048:8192 8192:2048 1408:11264 11264:1408";
  private static final String GPT = "1920:1920 1920:1088 1088:1920 1920:1440 1440:1920 1920:1280 1280:1920 2048:880 1920:1536 1536:1920 2912:1248"
      + " 2560:1440 2560:1712 2560:1920 2560:2048 2560:2560 2048:2560 1920:2560 1712:2560 1440:2560 3840:1648 3840:2160 3504:2336 3264:2448"
      + " 3200:2560 2880:2880 2560:3200 2448:3264 2336:3504 2160:3840";
  private static final String SEEDREAM_PRO = "1024:1024 1184:896 896:1184 1376:768 768:1376 1296:864 864:1296 2048:2048 2304:1728 1728:2304"
      + " 2720:1530 1530:2720 2496:1664 1664:2496";
  private static final String SEEDREAM_LITE = "2048:2048 2304:1728 1728:2304 2848:1600 1600:2848 2496:1664 1664:2496 3136:1344 3072:3072 3456:2592"
      + " 2592:3456 4096:2304 2304:4096 3744:2496 2496:3744 4704:2016";
  private static final String GROK = "1024:1024 1280:720 720:1280 1152:864 864:1152 1248:832 832:1248 1248:576 576:1248 1280:576 576:1280 1408:704"
      + " 704:1408 2048:2048 2816:1584 1584:2816 2368:1776 1776:2368 2496:1664 1664:2496 2912:1344 1344:2912 3200:1440 1440:3200 2912:1456 1456:2912";
  private static final String MUSE = "1600:1600 2016:1152 1152:2016 1792:1344 1344:1792 1920:1280 1280:1920 2352:1008";
  private static final String WIDE_OR_TALL = "1280:720 720:1280";
  private static final String GEN4 = WIDE_OR_TALL + " 1104:832 832:1104 960:960 1584:672";
  private static final String VEO = WIDE_OR_TALL + " 1920:1080 1080:1920";
  private static final String SEEDANCE = WIDE_OR_TALL + " 960:960 1112:834 834:1112 1470:630 640:640 752:560 560:752 992:432";
  private static final String SEEDANCE_FULL = " 1920:1080 1080:1920 1440:1440 1664:1248 1248:1664 2206:946";
  private static final String SEEDANCE_4K = " 3840:2160 2160:3840 3840:3840 3840:2880 2880:3840 3840:1646";
  private static final String HORSE = WIDE_OR_TALL + " 960:960 1108:832 832:1108 1920:1080 1080:1920 1440:1440 1662:1248 1248:1662";
  private static final String WAN = WIDE_OR_TALL + " 960:960 1104:832 832:1104 1920:1080 1080:1920 1440:1440 1648:1248 1248:1648 832:480 480:832"
      + " 624:624 720:544 544:720";
  private static final String WAN_AUTO = "auto_720p auto_1080p auto_480p";
  private static final String OMNI = VEO + " 640:360 360:640 3840:2160 2160:3840";
  private static final String HAILUO = "16:9 9:16 1:1 4:3 3:4 21:9";

  /** Of pictures: sizes, how many at once, letters, flags, formats. */
  private static final Map<String, RunwayModel> IMAGES = Map.ofEntries(
      image("gen4_image", GEN4_IMAGE, "1", 1_000, "seed", ""), image("gen4_image_turbo", GEN4_IMAGE, "1", 1_000, "seed", ""),
      image("gpt_image_2", GPT, "1..10", 32_000, "", ""), image("gpt_image_2_5_flare", GPT, "1..10", 32_000, "", ""),
      image("gpt_image_2_5_sunburst", GPT, "1..10", 32_000, "", ""), image("gemini_2.5_flash", GEMINI, "1", 5_500, "", ""),
      image("gemini_image3_pro", GEMINI + GEMINI_LARGE, "1|4", 5_500, "", ""),
      image("gemini_image3.1_flash", GEMINI + GEMINI_LARGE + GEMINI_FLASH, "1|4", 5_500, "", ""),
      image("seedream5_pro", SEEDREAM_PRO, "1..4", 4_000, "", "png jpeg"), image("seedream5_lite", SEEDREAM_LITE, "1..4", 4_000, "", "png jpeg"),
      image("grok_imagine_image_2", GROK, "1..10", 100_000, "edits", ""), image("muse_image", MUSE, "1..10", 100_000, "", "png jpeg webp"));

  /** Of videos: sizes from words, sizes from a picture, resolutions, seconds, letters, flags. */
  private static final Map<String, RunwayModel> VIDEOS = Map.ofEntries(
      video("gen4.5", WIDE_OR_TALL, GEN4, "", "2..10", 1_000, "seed timed"),
      video("gen4_turbo", WIDE_OR_TALL, GEN4, "", "2..10", 1_000, "seed wordless"),
      video("veo3.1", VEO, VEO, "", "4|6|8", 1_000, "seed wordless"), video("veo3.1_fast", VEO, VEO, "", "4|6|8", 1_000, "seed wordless"),
      video("hailuo3", HAILUO, HAILUO, "768p 2k", "5..15", 6_000, "adapts"),
      video("happyhorse_1_0", HORSE, "", "720p 1080p", "3..15", 2_500, "wordless"),
      video("seedance2", SEEDANCE + " 864:496 496:864" + SEEDANCE_FULL + SEEDANCE_4K, "4..15", 3_500),
      video("seedance2_fast", SEEDANCE + " 864:496 496:864", "4..15", 3_500), video("seedance2_mini", SEEDANCE + " 864:496 496:864", "4..15", 3_500),
      video("seedance2_5", SEEDANCE + " 854:480 480:854" + SEEDANCE_FULL, "4..30", 15_000),
      video("gemini_omni_flash", WIDE_OR_TALL, WIDE_OR_TALL, "", "3..10", 4_000, "wordless adapts"),
      video("gemini_omni_flash_1.1", OMNI, OMNI, "", "3..10", 100_000, "adapts"),
      video("grok_imagine_1_5", HAILUO.replace("21:9", "3:2 2:3"), "", "480p 720p 1080p", "1..15", 100_000, "wordless"),
      video("wan3", WAN, WAN_AUTO, "", "1..30", 100_000, ""), video("wan3_prime", WAN, WAN_AUTO, "", "1..30", 100_000, ""),
      video("h3_max", "", "", "480p 768p", "5..15", 100_000, "seed"));

  /** A model that is not known here is asked as Runway's own are. */
  static RunwayModel image(String model) {
    return IMAGES.getOrDefault(model, image(model, GEN4_IMAGE, "1..16", 100_000, model.startsWith("gen4") ? "seed" : "", "png jpeg webp").getValue());
  }

  static RunwayModel video(String model) {
    return VIDEOS.getOrDefault(model, video(model, GEN4 + " 1920:1080 1080:1920", GEN4, "", "1..60", 100_000,
        model.startsWith("gen") ? "seed timed" : "timed").getValue());
  }

  private static Map.Entry<String, RunwayModel> image(String name, String sizes, String counts, int letters, String flags, String formats) {
    return Map.entry(name, new RunwayModel(RunwaySizes.of(sizes), RunwaySizes.of(""), "", counts, letters, Set.of(flags.split(" ")), formats));
  }

  private static Map.Entry<String, RunwayModel> video(String name, String sizes, String seconds, int letters) {
    return video(name, sizes, sizes, "", seconds, letters, "seed wordless adapts");
  }

  private static Map.Entry<String, RunwayModel> video(String name, String sizes, String fromPicture, String resolutions, String seconds, int letters,
      String flags) {
    return Map.entry(name, new RunwayModel(RunwaySizes.of(sizes), RunwaySizes.of(fromPicture), resolutions, seconds, letters,
        Set.of(flags.split(" ")), ""));
  }

  boolean has(String flag) {
    return flags.contains(flag);
  }

  /** The number of a field, within what the model takes. */
  Integer number(Asked asked, String field) {
    if (numbers.contains("..")) {
      String[] bounds = numbers.split("\\.\\.");
      return asked.wholeBetween(field, Integer.parseInt(bounds[0]), Integer.parseInt(bounds[1]));
    }
    return asked.oneOf(field, Arrays.stream(numbers.split("\\|")).map(Integer::valueOf).toList());
  }
}
