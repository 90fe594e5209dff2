package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.SOUND_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.SUPER_RESOLUTION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What a model takes at one of Runway's endpoints, and what it makes from it. Its sizes are the sheet's, not the processor's. */
record RunwayModel(ProviderCapability what, FieldRules fields, int letters) {

  private static final String SEED = " seed:#0..4294967295";
  private static final String OWN = SEED + " contentModeration:object";
  private static final String WORDS = "model*:text promptText*:text";
  private static final String GEN4_IMAGE = " ratio*:1024:1024|1080:1080|1168:880|1360:768|1440:1080|1080:1440|1808:768|1920:1080|1080:1920|2112:912"
      + "|1280:720|720:1280|720:720|960:720|720:960|1680:720";
  private static final String GPT_IMAGE = " ratio*:2048:880|1920:1088|1920:1280|1920:1440|1920:1536|1920:1920|1536:1920|1440:1920|1280:1920|1088:1920"
      + "|2912:1248|2560:1440|2560:1712|2560:1920|2560:2048|2560:2560|2048:2560|1920:2560|1712:2560|1440:2560|3840:1648|3840:2160|3504:2336"
      + "|3264:2448|3200:2560|2880:2880|2560:3200|2448:3264|2336:3504|2160:3840|auto quality:low|medium|high|auto"
      + " background:transparent|opaque|auto outputCount:#1..10";
  private static final String GEMINI_IMAGE = " ratio*:1344:768|768:1344|1024:1024|1184:864|864:1184|1536:672|832:1248|1248:832|896:1152|1152:896";
  private static final String GEMINI_LARGE = GEMINI_IMAGE
      + "|2048:2048|1696:2528|2528:1696|1792:2400|2400:1792|1856:2304|2304:1856|1536:2752|2752:1536"
      + "|3168:1344|4096:4096|3392:5056|5056:3392|3584:4800|4800:3584|3712:4608|4608:3712|3072:5504|5504:3072|6336:2688";
  private static final String GEMINI_FLASH = GEMINI_LARGE
      + "|512:512|416:624|624:416|432:592|592:432|448:576|576:448|384:672|672:384|768:336|256:1024"
      + "|1024:256|176:1408|1408:176|512:2048|2048:512|352:2816|2816:352|1024:4096|4096:1024|704:5632|5632:704|2048:8192|8192:2048";
  private static final String SEEDREAM = " outputFormat:png|jpeg outputCount:#1..4 grounding:flag";
  private static final String SEEDREAM_PRO = " ratio*:1024:1024|1184:896|896:1184|1376:768|768:1376|1296:864|864:1296|2048:2048|2304:1728|1728:2304"
      + "|2720:1530|1530:2720|2496:1664|1664:2496|auto_1k|auto_2k" + SEEDREAM;
  private static final String SEEDREAM_LITE = " ratio*:2048:2048|2304:1728|1728:2304|2848:1600|1600:2848|2496:1664|1664:2496|3136:1344|3072:3072"
      + "|3456:2592|2592:3456|4096:2304|2304:4096|3744:2496|2496:3744|4704:2016" + SEEDREAM;
  private static final String GROK_IMAGE = " ratio*:1024:1024|1280:720|720:1280|1152:864|864:1152|1248:832|832:1248|1248:576|576:1248|1280:576"
      + "|576:1280|1408:704|704:1408|2048:2048|2816:1584|1584:2816|2368:1776|1776:2368|2496:1664|1664:2496|2912:1344|1344:2912|3200:1440|1440:3200"
      + "|2912:1456|1456:2912|auto_1k|auto_2k quality:low|medium outputCount:#1..10 edit:flag";
  private static final String MUSE = " ratio*:2352:1008|2016:1152|1920:1280|1792:1344|1600:1600|1344:1792|1280:1920|1152:2016|auto outputCount:#1..10"
      + " outputFormat:webp|png|jpeg";
  private static final String PICTURES = " referenceImages:list";
  private static final String SIX = "1280:720|720:1280|1104:832|832:1104|960:960|1584:672";
  private static final String FILM = " outputFormat:mp4|prores|png_sequence|hdr10|hlg proresProfile:text";
  private static final String VEO = " ratio*:1280:720|720:1280|1080:1920|1920:1080 duration:4|6|8 audio:flag negativePrompt:text" + SEED;
  private static final String SEEDANCE_FAST = " ratio:992:432"
      + "|864:496|752:560|640:640|560:752|496:864|1470:630|1280:720|1112:834|960:960|834:1112|720:1280";
  private static final String SEEDANCE_MORE = "|2206:946|1920:1080|1664:1248|1440:1440|1248:1664|1080:1920";
  private static final String SEEDANCE_4K = SEEDANCE_MORE + "|3840:1646|3840:2160|3840:2880|3840:3840|2880:3840|2160:3840";
  private static final String SEEDANCE_25 = SEEDANCE_FAST.replace("864:496", "854:480").replace("496:864", "480:854") + SEEDANCE_MORE;
  private static final String SHORT = " duration:#4..15 audio:flag referenceAudio:list" + SEED;
  private static final String LONG = " duration:#4..30 audio:flag referenceAudio:list" + SEED;
  private static final String HAILUO = " ratio:adaptive|21:9|16:9|4:3|1:1|3:4|9:16 resolution:768p|2k|768P|2K duration:#5..15 referenceAudio:list";
  private static final String OMNI = " ratio:1280:720|720:1280 duration:#3..10";
  private static final String OMNI_11 = " ratio:640:360|360:640|1280:720|720:1280|1920:1080|1080:1920|3840:2160|2160:3840 duration:#3..10";
  private static final String WAN = " ratio:832:480|720:544|624:624|544:720|480:832|1280:720|1104:832|960:960|832:1104|720:1280|1920:1080|1648:1248"
      + "|1440:1440|1248:1648|1080:1920|auto_480p|auto_720p|auto_1080p duration:#1..30 audio:flag referenceAudio:list";
  private static final String H3 = " resolution:480p|768p duration:#5..15 promptExpansionMode:disabled|balanced|quality" + SEED;
  private static final String HORSE = " ratio:1280:720|720:1280|960:960|1108:832|832:1108|1920:1080|1080:1920|1440:1440|1662:1248|1248:1662";
  private static final String GROK = " resolution:480p|720p|1080p duration:#1..15";
  private static final String VOICED = WORDS + " voice*:object";
  private static final String PERCENT = " sharpen:#0..100 smartGrain:#0..100";
  private static final String FRAME = "model*:text promptImage*:any";
  private static final String FROM = FRAME + " promptText:text";
  private static final String WITH = FRAME + " promptText*:text";
  private static final String MORE = " references:list referenceVideos:list";

  private static final Map<String, RunwayModel> ALL = Map.ofEntries(
      of("text_to_image gen4_image", IMAGE_GENERATION, 1_000, WORDS + GEN4_IMAGE + PICTURES + OWN),
      of("text_to_image gen4_image_turbo", IMAGE_GENERATION, 1_000, WORDS + GEN4_IMAGE + " referenceImages*:list" + OWN),
      of("text_to_image gpt_image_2", IMAGE_GENERATION, 32_000, WORDS + GPT_IMAGE + PICTURES),
      of("text_to_image gpt_image_2_5_flare", IMAGE_GENERATION, 32_000, WORDS + GPT_IMAGE + PICTURES),
      of("text_to_image gpt_image_2_5_sunburst", IMAGE_GENERATION, 32_000, WORDS + GPT_IMAGE + PICTURES),
      of("text_to_image gemini_2.5_flash", IMAGE_GENERATION, 5_500, WORDS + GEMINI_IMAGE + PICTURES),
      of("text_to_image gemini_image3.1_flash", IMAGE_GENERATION, 5_500, WORDS + GEMINI_FLASH + PICTURES + " outputCount:1|4"),
      of("text_to_image gemini_image3_pro", IMAGE_GENERATION, 5_500, WORDS + GEMINI_LARGE + PICTURES + " outputCount:1|4"),
      of("text_to_image seedream5_pro", IMAGE_GENERATION, 4_000, WORDS + SEEDREAM_PRO + PICTURES),
      of("text_to_image seedream5_lite", IMAGE_GENERATION, 4_000, WORDS + SEEDREAM_LITE + PICTURES),
      of("text_to_image grok_imagine_image_2", IMAGE_GENERATION, 10_000, WORDS + GROK_IMAGE + PICTURES),
      of("text_to_image muse_image", IMAGE_GENERATION, 10_000, WORDS + MUSE + PICTURES),
      of("image_upscale magnific_precision_upscaler_v2", SUPER_RESOLUTION, 0, "model*:text imageUri*:file scaleFactor:2|4|8|16"
          + " flavor:sublime|photo|photo_denoiser ultraDetail:#0..100" + PERCENT),
      of("video_upscale magnific_video_upscaler_creative", VIDEO_GENERATION, 0, "model*:text videoUri*:file"
          + " resolution:720p|1k|2k|4k creativity:#0..100 flavor:vivid|natural fpsBoost:flag" + PERCENT),
      of("video_upscale enhance_frame_rate", VIDEO_GENERATION, 0, "model*:text videoUri*:file"
          + " targetFramerate*:23_98|24|25|29_97|30|48|50|59_94|60|120"),
      of("text_to_video gen4.5", VIDEO_GENERATION, 1_000, WORDS + " ratio*:1280:720|720:1280 duration*:#2..10" + FILM + OWN),
      of("image_to_video gen4.5", IMAGE_TO_VIDEO, 1_000, WITH + " ratio*:" + SIX + " duration*:#2..10" + FILM + OWN),
      of("image_to_video gen4_turbo", IMAGE_TO_VIDEO, 1_000, FROM + " ratio*:" + SIX + " duration:#2..10" + OWN),
      of("text_to_video veo3.1", VIDEO_GENERATION, 1_000, WORDS + VEO), of("text_to_video veo3.1_fast", VIDEO_GENERATION, 1_000, WORDS + VEO),
      of("image_to_video veo3.1", IMAGE_TO_VIDEO, 1_000, FROM + VEO),
      of("image_to_video veo3.1_fast", IMAGE_TO_VIDEO, 1_000, FROM + VEO),
      of("text_to_video seedance2", VIDEO_GENERATION, 3_500, WORDS + SEEDANCE_FAST + SEEDANCE_4K + SHORT + MORE),
      of("image_to_video seedance2", IMAGE_TO_VIDEO, 3_500, FROM + SEEDANCE_FAST + SEEDANCE_4K + SHORT),
      of("text_to_video seedance2_fast", VIDEO_GENERATION, 3_500, WORDS + SEEDANCE_FAST + SHORT + MORE),
      of("image_to_video seedance2_fast", IMAGE_TO_VIDEO, 3_500, FROM + SEEDANCE_FAST + SHORT),
      of("text_to_video seedance2_mini", VIDEO_GENERATION, 3_500, WORDS + SEEDANCE_FAST + SHORT + MORE),
      of("image_to_video seedance2_mini", IMAGE_TO_VIDEO, 3_500, FROM + SEEDANCE_FAST + SHORT),
      of("text_to_video seedance2_5", VIDEO_GENERATION, 10_000, WORDS + SEEDANCE_25 + LONG + MORE),
      of("image_to_video seedance2_5", IMAGE_TO_VIDEO, 10_000, FROM + SEEDANCE_25 + LONG),
      of("text_to_video hailuo3", VIDEO_GENERATION, 6_000, WORDS + HAILUO + MORE),
      of("image_to_video hailuo3", IMAGE_TO_VIDEO, 6_000, WITH + HAILUO),
      of("text_to_video happyhorse_1_0", VIDEO_GENERATION, 2_500, WORDS + HORSE + " duration:#3..15"),
      of("image_to_video happyhorse_1_0", IMAGE_TO_VIDEO, 2_500, FROM + " resolution:720p|1080p|720P|1080P duration:#3..15"),
      of("text_to_video gemini_omni_flash", VIDEO_GENERATION, 4_000, WORDS + OMNI),
      of("image_to_video gemini_omni_flash", IMAGE_TO_VIDEO, 4_000, FROM + OMNI),
      of("text_to_video gemini_omni_flash_1.1", VIDEO_GENERATION, 10_000, WORDS + OMNI_11 + MORE),
      of("image_to_video gemini_omni_flash_1.1", IMAGE_TO_VIDEO, 10_000, WITH + OMNI_11),
      of("text_to_video grok_imagine_1_5", VIDEO_GENERATION, 10_000, WORDS + GROK + " ratio:1:1|16:9|9:16|4:3|3:4|3:2|2:3 references:list"),
      of("image_to_video grok_imagine_1_5", IMAGE_TO_VIDEO, 10_000, FROM + GROK),
      of("text_to_video wan3", VIDEO_GENERATION, 10_000, WORDS + WAN + MORE),
      of("text_to_video wan3_prime", VIDEO_GENERATION, 10_000, WORDS + WAN + MORE),
      of("image_to_video wan3_prime", IMAGE_TO_VIDEO, 10_000, WITH + WAN),
      of("image_to_video wan3", IMAGE_TO_VIDEO, 10_000, WITH + WAN),
      of("text_to_video h3_max", VIDEO_GENERATION, 10_000, WORDS + H3), of("image_to_video h3_max", IMAGE_TO_VIDEO, 10_000, WITH + H3),
      of("text_to_speech eleven_multilingual_v2", SPEECH_SYNTHESIS, 1_000, VOICED),
      of("text_to_speech eleven_v3", SPEECH_SYNTHESIS, 5_000, VOICED + " stability:0..1 similarityBoost:0..1 style:0..1 speed:0.7..1.2"
          + " languageCode:text applyTextNormalization:auto|on|off useSpeakerBoost:flag" + SEED),
      of("text_to_speech seed_audio", SPEECH_SYNTHESIS, 10_000, WORDS + " voice:object outputFormat:wav|mp3|ogg_opus speechRate:#-50..100"),
      of("sound_effect eleven_text_to_sound_v2", SOUND_GENERATION, 3_000, WORDS + " duration:0.5..30 loop:flag"),
      of("sound_effect seed_audio", SOUND_GENERATION, 3_000, WORDS + " outputFormat:wav|mp3|ogg_opus"));

  private static Map.Entry<String, RunwayModel> of(String name, ProviderCapability what, int letters, String fields) {
    return Map.entry(name, new RunwayModel(what, FieldRules.of(fields), letters));
  }

  /** A model by its endpoint and its name, with a space between them. */
  static Optional<RunwayModel> of(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** The first fault of a body. */
  Optional<Wrong> wrong(JsonObject body) {
    Optional<Wrong> plain = fields.wrong(body, true);
    if (plain.isPresent()) {
      return plain;
    }
    if (FalOrders.text(body, "promptText", "").length() > letters) {
      return Optional.of(new Wrong("promptText", "too_big", "must have at most " + letters + " characters"));
    }
    return RunwayParts.wrong(body);
  }

  /** What a body orders; {@code found} turns the URI of an upload into a link. */
  List<Order> orders(SandboxJob job, JsonObject body, UnaryOperator<String> found) {
    List<String> sources = RunwayParts.sources(body).stream().map(found).toList();
    boolean edits = what == IMAGE_GENERATION && !sources.isEmpty();
    String[] sides = FalOrders.text(body, "ratio", "").matches("\\d+:\\d+") ? body.getString("ratio").split(":") : new String[] {"1024", "1024"};
    double amount = what == SUPER_RESOLUTION ? Math.max(2, FalOrders.number(body, "scaleFactor")) : FalOrders.number(body, "duration");
    Shape shape = new Shape(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), amount, FalOrders.text(body, "outputFormat", "png"));
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < Math.max(1, FalOrders.number(body, "outputCount")); i++) {
      long seed = FalOrders.seed(job, body) + i;
      orders.add(new Order(edits ? IMAGE_EDITING : what, FalOrders.text(body, "promptText", ""), sources, shape, seed, false));
    }
    return orders;
  }
}
