package dev.computeserver.provider;

import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static dev.computeserver.provider.Recorded.JPEG;
import static dev.computeserver.provider.Recorded.MP4;
import static dev.computeserver.provider.Recorded.PNG;
import static dev.computeserver.provider.Recorded.WEBP;
import static dev.computeserver.provider.Recorded.json;

import dev.computeserver.catalog.ProviderType;
import java.util.List;

/** Jobs that a provider takes, that are looked at until they have ended, and whose files are fetched. */
final class RecordedJobs {
  private RecordedJobs() {
  }

  static List<Recorded> all() {
    return List.of(fal(), replicate(), replicateTranscript(), runway(), runwayPictures(), flux(), fluxVideo(), lumaDreamMachine(),
        googleVideo(), openaiBackground(), elevenLabsFlow(), ideogramVersion4(), anthropicBatch(), huggingFaceFal(), huggingFaceTogether(),
        comfyui());
  }

  private static Recorded fal() {
    String job = "/fal-ai/flux/requests/0b1f6c1e-7a53-4a5e-9d0e-0f6f1d2c3b4a";
    Recorded fal = Recorded.of(ProviderType.FAL_STANDARD, "picture", "image_generation",
        "{\"prompt\":\"a red fox\",\"width\":1024,\"height\":768,\"num_outputs\":1,\"seed\":196619,\"output_format\":\"jpeg\"}");
    return fal.submit("/fal-ai/flux/dev", json("fal_standard/submit.json"))
        .wants(request -> request.withQueryParam("fal_webhook", matching(fal.callback())))
        .wantsJson("$.prompt", "a red fox").wantsJson("$.image_size.width", "1024").wantsJson("$.image_size.height", "768")
        .wantsJson("$.num_images", "1").wantsJson("$.seed", "196619").wantsJson("$.output_format", "jpeg")
        .asks("GET", job + "/status?logs=1", json(202, "fal_standard/status-waiting.json"), json(202, "fal_standard/status-running.json"),
            json("fal_standard/status-completed.json"))
        .asks("GET", job, json("fal_standard/result.json"))
        .fetches("/files/fal.jpeg", "image/jpeg", JPEG)
        .externalId("0b1f6c1e-7a53-4a5e-9d0e-0f6f1d2c3b4a").result("{\"seed\":196619}");
  }

  private static Recorded replicate() {
    return Recorded.of(ProviderType.REPLICATE, "picture of an official model", "image_generation",
            "{\"prompt\":\"a red fox\",\"aspect_ratio\":\"3:2\",\"num_outputs\":1,\"output_format\":\"webp\"}")
        .submit("/models/black-forest-labs/flux-schnell/predictions", json(201, "replicate/starting.json"))
        .wantsJson("$.input.prompt", "a red fox").wantsJson("$.input.aspect_ratio", "3:2").wantsJson("$.input.num_outputs", "1")
        .wantsJson("$.input.output_format", "webp").wantsCallback("$.webhook")
        .asks("GET", "/predictions/gm3qorzdhgbfurvjtvhg6dckhu", json("replicate/processing.json"), json("replicate/succeeded.json"))
        .fetches("/files/replicate.webp", "image/webp", WEBP)
        .externalId("gm3qorzdhgbfurvjtvhg6dckhu")
        .result("{\"seed\":42,\"usage\":{\"predict_time\":0.829,\"total_time\":0.84,\"image_count\":1}}");
  }

  /** A model of the community is named by its version, in the body. */
  private static Recorded replicateTranscript() {
    String version = "8099696689d249cf8b122d833c36ac3f75505c666a395ca40ef26f68e7d3d16e";
    return Recorded.of(ProviderType.REPLICATE, "transcript of a pinned version", "speech_recognition",
            "{\"audio_url\":\"" + RecordedAnswers.SOUND + "\"}")
        .submit("/predictions", json(201, "replicate/transcript-starting.json"))
        .wantsJson("$.input.audio", RecordedAnswers.SOUND).wantsJson("$.version", "openai/whisper:" + version)
        .asks("GET", "/predictions/k2fz7rmbhsrj20cvy8e9z1x4dr", json("replicate/transcript-starting.json"),
            json("replicate/transcript-succeeded.json"))
        .externalId("k2fz7rmbhsrj20cvy8e9z1x4dr")
        .result("{\"text\":\" Hello world\",\"language\":\"english\",\"segments\":[{\"text\":\" Hello world\",\"start\":0.0,\"end\":1.4}],"
            + "\"usage\":{\"predict_time\":1.2,\"total_time\":1.3}}");
  }

  /** The version is wanted with every request. */
  private static Recorded runway() {
    return Recorded.of(ProviderType.RUNWAY, "video", "video_generation",
            "{\"prompt\":\"a red fox\",\"aspect_ratio\":\"9:16\",\"duration_seconds\":4,\"seed\":7}")
        .submit("/v1/text_to_video", json("runway/submit.json"))
        .wantsHeader("X-Runway-Version", "2024-11-06").wantsJson("$.model", "gen4.5").wantsJson("$.promptText", "a red fox")
        .wantsJson("$.ratio", "720:1280").wantsJson("$.duration", "4").wantsJson("$.seed", "7")
        .asks("GET", "/v1/tasks/17f20503-6c24-4c16-946b-35dbbce2af2f", request -> request.withHeader("X-Runway-Version", equalTo("2024-11-06")),
            json("runway/throttled.json"), json("runway/running.json"), json("runway/succeeded.json"))
        .fetches("/files/runway.mp4", "video/mp4", MP4)
        .externalId("17f20503-6c24-4c16-946b-35dbbce2af2f").result("{\"usage\":{\"credits\":48.0}}");
  }

  private static Recorded runwayPictures() {
    return Recorded.of(ProviderType.RUNWAY, "two pictures", "image_generation",
            "{\"prompt\":\"a red fox\",\"width\":1280,\"height\":720,\"num_outputs\":2}").model("gpt_image_2")
        .submit("/v1/text_to_image", json("runway/pictures-submit.json"))
        .wantsHeader("X-Runway-Version", "2024-11-06").wantsJson("$.model", "gpt_image_2").wantsJson("$.promptText", "a red fox")
        .wantsJson("$.ratio", "1920:1088").wantsJson("$.outputCount", "2")
        .asks("GET", "/v1/tasks/5e9d0c1b-3a2f-4c6d-8b7e-1f0a9c8d7e6f", request -> request.withHeader("X-Runway-Version", equalTo("2024-11-06")),
            json("runway/pictures-pending.json"), json("runway/pictures-succeeded.json"))
        .fetches("/files/runway-1.png", "image/png", PNG).fetches("/files/runway-2.jpeg", "image/jpeg", JPEG)
        .externalId("5e9d0c1b-3a2f-4c6d-8b7e-1f0a9c8d7e6f").result("{\"usage\":{\"credits\":16.0}}");
  }

  /** Where it may report, its reply names no link to look at. */
  private static Recorded flux() {
    return Recorded.of(ProviderType.BLACK_FOREST_LABS, "picture that reports", "image_generation",
            "{\"prompt\":\"a red fox\",\"width\":640,\"height\":480,\"seed\":7,\"output_format\":\"jpeg\"}")
        .submit("/v1/flux-2-pro", json("black_forest_labs/submit-with-webhook.json"))
        .wantsJson("$.prompt", "a red fox").wantsJson("$.width", "640").wantsJson("$.height", "480").wantsJson("$.seed", "7")
        .wantsJson("$.output_format", "jpeg").wantsCallback("$.webhook_url")
        .asks("GET", "/v1/get_result?id=3a1f0c52-4b5e-4d0e-9f0a-6f2d3c4b5a69", json("black_forest_labs/pending.json"),
            json("black_forest_labs/ready.json"))
        .fetches("/files/bfl.jpeg", "image/jpeg", JPEG)
        .externalId("3a1f0c52-4b5e-4d0e-9f0a-6f2d3c4b5a69").result("{\"seed\":1234567890}");
  }

  private static Recorded fluxVideo() {
    return Recorded.of(ProviderType.BLACK_FOREST_LABS, "video", "video_generation",
            "{\"prompt\":\"a red fox\",\"aspect_ratio\":\"16:9\",\"duration_seconds\":5}")
        .submit("/v1/flux-3-video", json("black_forest_labs/video-submit.json"))
        .wantsJson("$.mode", "t2v").wantsJson("$.prompt", "a red fox").wantsJson("$.aspect_ratio", "16:9").wantsJson("$.duration", "5")
        .asks("GET", "/v1/get_result?id=9c4e1b7a-2f6d-4b3e-8a51-0d7e6c5b4a39", json("black_forest_labs/video-reasoning.json"),
            json("black_forest_labs/video-ready.json"))
        .fetches("/files/bfl.mp4", "video/mp4", MP4).externalId("9c4e1b7a-2f6d-4b3e-8a51-0d7e6c5b4a39");
  }

  private static Recorded lumaDreamMachine() {
    return Recorded.of(ProviderType.LUMA, "video of the Dream Machine", "video_generation",
            "{\"prompt\":\"a red fox in snow\",\"aspect_ratio\":\"16:9\",\"resolution\":\"720p\",\"duration_seconds\":5}")
        .submit("/generations/video", json(201, "luma/queued.json"))
        .wantsJson("$.model", "ray-2").wantsJson("$.prompt", "a red fox in snow").wantsJson("$.aspect_ratio", "16:9")
        .wantsJson("$.resolution", "720p").wantsJson("$.duration", "5s").wantsCallback("$.callback_url")
        .asks("GET", "/generations/123e4567-e89b-42d3-a456-426614174000", json("luma/queued.json"), json("luma/dreaming.json"),
            json("luma/completed.json"))
        .fetches("/files/luma.mp4", "video/mp4", MP4).externalId("123e4567-e89b-42d3-a456-426614174000");
  }

  /** Its files want the key. */
  private static Recorded googleVideo() {
    return Recorded.of(ProviderType.GOOGLE, "video in the background", "video_generation",
            "{\"prompt\":\"a red fox\",\"duration_seconds\":8,\"aspect_ratio\":\"9:16\",\"resolution\":\"1080p\"}")
        .submit("/v1beta/interactions", json("google/interaction-in-progress.json"))
        .wantsJson("$.model", "gemini-omni-1.1-flash").wantsJson("$.background", "true").wantsJson("$.input[0].type", "text")
        .wantsJson("$.input[0].text", "a red fox").wantsJson("$.response_format.type", "video").wantsJson("$.response_format.duration", "8s")
        .wantsJson("$.response_format.aspect_ratio", "9:16").wantsJson("$.response_format.resolution", "1080p")
        .wantsJson("$.response_format.delivery", "uri").wantsJson("$.generation_config.video_config.task", "text_to_video")
        .wantsCallback("$.webhook_config.uris[0]")
        .asks("GET", "/v1beta/interactions/v1_ChdX", json("google/interaction-in-progress.json"), json("google/interaction-completed.json"))
        .asks("GET", "/v1beta/files/abc", json("google/file-processing.json"), json("google/file-active.json"))
        .asks("GET", "/v1beta/files/abc:download?alt=media", Recorded.file("video/mp4", MP4))
        .gives("video/mp4", MP4).externalId("v1_ChdX");
  }

  private static Recorded openaiBackground() {
    return Recorded.of(ProviderType.OPENAI, "text in the background", "text_generation",
            "{\"prompt\":\"say hello\",\"system\":\"be brief\",\"max_tokens\":50}")
        .submit("/responses", json("openai/response-queued.json"))
        .wantsJson("$.model", "gpt-6-luna").wantsJson("$.background", "true").wantsJson("$.input", "say hello")
        .wantsJson("$.instructions", "be brief").wantsJson("$.max_output_tokens", "50")
        .asks("GET", "/responses/resp_68af", json("openai/response-queued.json"), json("openai/response-in-progress.json"),
            json("openai/response-completed.json"))
        .externalId("resp_68af").result("{\"text\":\"Hello\"}");
  }

  private static Recorded elevenLabsFlow() {
    return Recorded.of(ProviderType.ELEVENLABS, "video of a flow", "video_generation",
            "{\"prompt\":\"a red fox\",\"duration_seconds\":6,\"aspect_ratio\":\"9:16\",\"resolution\":\"1080p\"}")
        .submit("/v1/flows/video", json("elevenlabs/flow-pending.json"))
        .wantsJson("$.model_id", "veo-3.1-fast-generate-001").wantsJson("$.prompt", "a red fox").wantsJson("$.duration_secs", "6")
        .wantsJson("$.aspect_ratio", "9:16").wantsJson("$.resolution", "1080p")
        .asks("GET", "/v1/flows/video/JWr5N6X9ZTqf8jD2LmQb", json("elevenlabs/flow-pending.json"), json("elevenlabs/flow-generating.json"),
            json("elevenlabs/flow-completed.json"))
        .fetches("/files/elevenlabs.mp4", "video/mp4", MP4).externalId("JWr5N6X9ZTqf8jD2LmQb");
  }

  private static Recorded ideogramVersion4() {
    Recorded ideogram = Recorded.of(ProviderType.IDEOGRAM, "picture of version 4", "image_generation",
        "{\"prompt\":\"a red fox\",\"width\":1024,\"height\":1024}").model("ideogram-v4");
    return ideogram.submitForm("/v1/ideogram-v4/async/generate", json("ideogram/async-submit.json"))
        .wants(request -> request.withQueryParam("webhook_url", matching(ideogram.callback())))
        .wantsPart("text_prompt", "a red fox").wantsPart("resolution", "2048x2048")
        .asks("GET", "/v1/generations/xtdZiqPwRxqY1Y7NExFmzB", json("ideogram/async-pending.json"), json("ideogram/async-completed.json"))
        .fetches("/files/ideogram-v4.png", "image/png", PNG).externalId("xtdZiqPwRxqY1Y7NExFmzB")
        .result("{\"seed\":12345,\"prompt\":\"a red fox\"}");
  }

  /** Its results stand in lines in any order, each under the name that the submit gave it. */
  private static Recorded anthropicBatch() {
    String version = "anthropic-version";
    return Recorded.of(ProviderType.ANTHROPIC, "batch", "text_generation", "{\"prompt\":\"say hello\",\"max_tokens\":50}").options("{\"batch\":true}")
        .submit("/v1/messages/batches", json("anthropic/batch-submit.json")).wantsHeader(version, "2026-10-21")
        .wantsJson("$.requests.length()", "1").wantsJson("$.requests[0].params.model", "claude-sonnet-5-5")
        .wantsJson("$.requests[0].params.max_tokens", "50").wantsJson("$.requests[0].params.messages[0].role", "user")
        .wantsJson("$.requests[0].params.messages[0].content", "say hello")
        .asks("GET", "/v1/messages/batches/{batch}", request -> request.withHeader(version, equalTo("2026-10-21")),
            json("anthropic/batch-in-progress.json"), json("anthropic/batch-ended.json"))
        .asks("GET", "/v1/messages/batches/{batch}/results", request -> request.withHeader(version, equalTo("2026-10-21")),
            json("anthropic/batch-results.jsonl").withHeader("Content-Type", "application/x-jsonl"))
        .result("{\"text\":\"Half the price.\",\"finish_reason\":\"end_turn\"}");
  }

  /** The backend's links are asked at the router, below the backend's name. */
  private static Recorded huggingFaceFal() {
    String job = "/fal-ai/fal-ai/flux/requests/764cabcf";
    return Recorded.of(ProviderType.HUGGINGFACE, "picture of fal", "image_generation", "{\"prompt\":\"a red fox\",\"width\":640,\"height\":480}")
        .asks("GET", "/api/models/black-forest-labs/FLUX.1-dev", request -> request.withQueryParam("expand[]", equalTo("inferenceProviderMapping")),
            json("huggingface/hub-flux.json"))
        .submit("/fal-ai/fal-ai/flux/dev?_subdomain=queue", json("huggingface/fal-submit.json"))
        .wantsJson("$.prompt", "a red fox").wantsJson("$.image_size.width", "640").wantsJson("$.image_size.height", "480")
        .asks("GET", job + "/status?_subdomain=queue", json(202, "huggingface/fal-running.json"), json("huggingface/fal-completed.json"))
        .asks("GET", job + "?_subdomain=queue", json("huggingface/fal-result.json"))
        .fetches("/files/huggingface.png", "image/png", PNG).externalId("764cabcf").result("{\"seed\":1}");
  }

  private static Recorded huggingFaceTogether() {
    return Recorded.of(ProviderType.HUGGINGFACE, "video of together", "video_generation", "{\"prompt\":\"a red fox\",\"seed\":7}")
        .model("together:Wan-AI/Wan2.2-T2V-A14B")
        .submit("/together/v2/videos", json("huggingface/together-video-queued.json"))
        .wantsJson("$.model", "Wan-AI/Wan2.2-T2V-A14B").wantsJson("$.prompt", "a red fox").wantsJson("$.seed", "7")
        .asks("GET", "/together/v2/videos/v1", json("huggingface/together-video-in-progress.json"),
            json("huggingface/together-video-completed.json"))
        .fetches("/files/together.mp4", "video/mp4", MP4).externalId("v1");
  }

  /** An older server names the job itself; nothing is in the history before it has ended. */
  private static Recorded comfyui() {
    String id = "6f0f5a4e-3f0b-4c8c-9a55-0e6b6d0e7c11";
    return Recorded.of(ProviderType.COMFYUI, "picture from the history", "image_generation",
            "{\"prompt\":\"a red fox\",\"width\":64,\"height\":64,\"seed\":7}")
        .lacks("/ws")
        .submit("/prompt", json("comfyui/submit.json")).toldBy(matchingJsonPath("$.prompt.5[?(@.class_type == 'EmptyLatentImage')]"))
        .wantsJson("$.prompt.6.class_type", "CLIPTextEncode").wantsJson("$.prompt.6.inputs.text", "a red fox")
        .wantsJson("$.prompt.5.inputs.width", "64").wantsJson("$.prompt.5.inputs.height", "64").wantsJson("$.prompt.3.inputs.seed", "7")
        .wantsJson("$.prompt_id", matching("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")).wants(request -> request.withHeader("Origin", absent()))
        .asks("GET", "/history/" + id, json("comfyui/history-empty.json"), json("comfyui/history.json"))
        .asks("GET", "/queue", json("comfyui/queue.json"))
        .asks("GET", "/view?filename=ComfyUI_00001_.png&subfolder=&type=output", Recorded.file("image/png", PNG))
        .gives("image/png", PNG).externalId(id);
  }
}
