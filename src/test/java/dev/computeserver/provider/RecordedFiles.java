package dev.computeserver.provider;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static dev.computeserver.provider.Recorded.JPEG;
import static dev.computeserver.provider.Recorded.MP3;
import static dev.computeserver.provider.Recorded.PNG;
import static dev.computeserver.provider.Recorded.file;
import static dev.computeserver.provider.Recorded.json;

import dev.computeserver.catalog.ProviderType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** Files that come as bytes or in base64, and those that are sent as parts of a form. */
final class RecordedFiles {
  private static final String PICTURE = ThroughSandbox.picture(256);
  private static final byte[] PICTURE_BYTES = Base64.getDecoder().decode(PICTURE.substring(PICTURE.indexOf(',') + 1));

  private RecordedFiles() {
  }

  static List<Recorded> all() {
    return List.of(stabilityCore(), stabilityCreative(), stabilitySong(), googlePicture(), googleSpeech(), openaiPicture(), openaiEdit(),
        openaiSpeech(), elevenLabsSpeech(), ideogramVersion3(), huggingFacePicture(), huggingFaceSpeech(), comfyuiEdit());
  }

  private static Recorded stabilityCore() {
    return Recorded.of(ProviderType.STABILITY, "picture", "image_generation",
            "{\"prompt\":\"a red fox\",\"aspect_ratio\":\"16:9\",\"output_format\":\"png\"}")
        .submitForm("/v2beta/stable-image/generate/core", file("image/png", PNG).withHeader("finish-reason", "SUCCESS")
            .withHeader("seed", "343940597"))
        .wantsHeader("Accept", "image/*").wantsPart("prompt", "a red fox").wantsPart("aspect_ratio", "16:9").wantsPart("output_format", "png")
        .gives("image/png", PNG).result("{\"finish_reason\":\"SUCCESS\",\"seed\":343940597}");
  }

  /** Started, and asked for; the picture is the reply that ends it. */
  private static Recorded stabilityCreative() {
    String id = "a6dc6c6e20acda010fe14d71f180658f2896ed9b4ec25aa99a6ff06c796987c4";
    return Recorded.of(ProviderType.STABILITY, "enlarged picture", "super_resolution", "{\"image_url\":\"" + PICTURE + "\",\"prompt\":\"a red fox\"}")
        .model("creative")
        .submitForm("/v2beta/stable-image/upscale/creative", json("stability/started.json"))
        .wantsHeader("Accept", "application/json").wantsPart("prompt", "a red fox").wantsFile("image", "image/png", PICTURE_BYTES)
        .asks("GET", "/v2beta/results/" + id, request -> request.withHeader("Accept", equalTo("*/*")), json(202, "stability/in-progress.json"),
            file("image/jpeg", JPEG).withHeader("finish-reason", "SUCCESS"))
        .gives("image/jpeg", JPEG).externalId(id).result("{\"finish_reason\":\"SUCCESS\"}");
  }

  private static Recorded stabilitySong() {
    String id = "0c1d2e3f6e20acda010fe14d71f180658f2896ed9b4ec25aa99a6ff06c796987";
    return Recorded.of(ProviderType.STABILITY, "song", "music_generation", "{\"prompt\":\"a waltz\",\"duration_seconds\":30}").model("stable-audio-3")
        .submitForm("/v2beta/audio/stable-audio/text-to-audio", json(202, "stability/song-started.json"))
        .wantsHeader("Accept", "application/json").wantsPart("prompt", "a waltz").wantsPart("model", "stable-audio-3").wantsPart("duration", "30")
        .asks("GET", "/v2beta/audio/results/" + id, request -> request.withHeader("Accept", equalTo("audio/*")),
            json(202, "stability/song-in-progress.json"), file("audio/mpeg", MP3))
        .gives("audio/mpeg", MP3).externalId(id);
  }

  private static Recorded googlePicture() {
    return Recorded.of(ProviderType.GOOGLE, "picture", "image_editing", "{\"prompt\":\"a red fox\",\"image_url\":\"" + PICTURE + "\"}")
        .submit("/v1beta/models/gemini-nano-banana-2.1:generateContent", json("google/image.json"))
        .wantsJson("$.contents[0].role", "user").wantsJson("$.contents[0].parts[0].inlineData.mimeType", "image/png")
        .wantsJson("$.contents[0].parts[0].inlineData.data", PICTURE.substring(PICTURE.indexOf(',') + 1))
        .wantsJson("$.contents[0].parts[1].text", "a red fox").wantsJson("$.generationConfig.responseModalities[1]", "IMAGE")
        .gives("image/png", PNG).result("{\"text\":\"Here it is.\",\"finish_reason\":\"STOP\"}");
  }

  /** It sends bare samples, which nobody could play without a header. */
  private static Recorded googleSpeech() {
    return Recorded.of(ProviderType.GOOGLE, "speech", "speech_synthesis", "{\"text\":\"a red fox\",\"voice\":\"Puck\",\"language\":\"en-US\"}")
        .submit("/v1beta/models/gemini-3.8-flash-tts:generateContent", json("google/speech.json"))
        .wantsJson("$.contents[0].parts[0].text", "a red fox").wantsJson("$.generationConfig.responseModalities[0]", "AUDIO")
        .wantsJson("$.generationConfig.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName", "Puck")
        .wantsJson("$.generationConfig.speechConfig.languageCode", "en-US")
        .gives("audio/wav", wav(Base64.getDecoder().decode("AAABAP9/AIA=")));
  }

  private static byte[] wav(byte[] samples) {
    AudioFormat format = new AudioFormat(24_000, 16, 1, true, false);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(samples), format, samples.length / 2), AudioFileFormat.Type.WAVE, out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toByteArray();
  }

  private static Recorded openaiPicture() {
    return Recorded.of(ProviderType.OPENAI, "picture", "image_generation",
            "{\"prompt\":\"a red fox\",\"width\":1024,\"height\":1024,\"num_outputs\":1,\"output_format\":\"png\"}")
        .submit("/images/generations", json("openai/image.json"))
        .wantsJson("$.model", "gpt-image-2.6-sunburst").wantsJson("$.prompt", "a red fox").wantsJson("$.size", "1024x1024").wantsJson("$.n", "1")
        .wantsJson("$.output_format", "png")
        .gives("image/png", PNG);
  }

  private static Recorded openaiEdit() {
    return Recorded.of(ProviderType.OPENAI, "edited picture", "image_editing", "{\"prompt\":\"a red fox\",\"image_url\":\"" + PICTURE + "\"}")
        .submitForm("/images/edits", json("openai/image.json"))
        .wantsPart("model", "gpt-image-2.6-sunburst").wantsPart("prompt", "a red fox").wantsFile("image[]", "image/png", PICTURE_BYTES)
        .gives("image/png", PNG);
  }

  private static Recorded openaiSpeech() {
    return Recorded.of(ProviderType.OPENAI, "speech", "speech_synthesis", "{\"text\":\"a red fox\",\"voice\":\"nova\"}")
        .submit("/audio/speech", file("audio/mpeg", MP3))
        .wantsJson("$.model", "gpt-4o-mini-tts").wantsJson("$.input", "a red fox").wantsJson("$.voice", "nova").wantsJson("$.response_format", "mp3")
        .gives("audio/mpeg", MP3);
  }

  private static Recorded elevenLabsSpeech() {
    return Recorded.of(ProviderType.ELEVENLABS, "speech", "speech_synthesis", "{\"text\":\"a red fox\",\"voice\":\"JBFqnCBsd6RMkjVDRZzb\"}")
        .submit("/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb?output_format=mp3_44100_128",
            file("audio/mpeg", MP3).withHeader("request-id", "r1").withHeader("character-cost", "9"))
        .wantsJson("$.text", "a red fox").wantsJson("$.model_id", "eleven_multilingual_v2")
        .gives("audio/mpeg", MP3).result("{\"usage\":{\"characters\":9}}");
  }

  private static Recorded ideogramVersion3() {
    return Recorded.of(ProviderType.IDEOGRAM, "picture of version 3", "image_generation",
            "{\"prompt\":\"a red fox\",\"negative_prompt\":\"a dog\",\"aspect_ratio\":\"16:9\",\"num_outputs\":1,\"seed\":12345}")
        .submitForm("/v1/ideogram-v3/generate", json("ideogram/pictures.json"))
        .wantsPart("prompt", "a red fox").wantsPart("negative_prompt", "a dog").wantsPart("aspect_ratio", "16x9").wantsPart("num_images", "1")
        .wantsPart("seed", "12345")
        .fetches("/files/ideogram.png", "image/png", PNG).result("{\"seed\":12345,\"prompt\":\"a red fox in snow, ...\"}");
  }

  private static Recorded huggingFacePicture() {
    return Recorded.of(ProviderType.HUGGINGFACE, "picture of together", "image_generation", "{\"prompt\":\"a red fox\",\"width\":640,\"height\":480}")
        .model("together:black-forest-labs/FLUX.1-schnell")
        .submit("/together/v1/images/generations", json("huggingface/together-image.json"))
        .wantsJson("$.model", "black-forest-labs/FLUX.1-schnell").wantsJson("$.prompt", "a red fox").wantsJson("$.response_format", "base64")
        .wantsJson("$.width", "640").wantsJson("$.height", "480")
        .gives("image/png", PNG);
  }

  /** Replicate's answer is waited for in the request itself. */
  private static Recorded huggingFaceSpeech() {
    return Recorded.of(ProviderType.HUGGINGFACE, "speech of replicate", "speech_synthesis", "{\"text\":\"a red fox\"}")
        .model("replicate:jaaari/kokoro-82m")
        .submit("/replicate/v1/models/jaaari/kokoro-82m/predictions", json(201, "huggingface/replicate-succeeded.json"))
        .wantsHeader("Prefer", "wait").wantsJson("$.input.text", "a red fox")
        .fetches("/files/huggingface-replicate.mp3", "audio/mpeg", MP3);
  }

  /** The picture is put on the server first, and is known there by the name that the server gave it. */
  private static Recorded comfyuiEdit() {
    return Recorded.of(ProviderType.COMFYUI, "edited picture", "image_editing",
            "{\"prompt\":\"a red fox\",\"image_url\":\"" + PICTURE + "\",\"strength\":0.5}")
        .asks("POST", "/upload/image", request -> Recorded.withFile(request, "image", "image/png", PICTURE_BYTES), json("comfyui/upload.json"))
        .submit("/prompt", json("comfyui/submit-own-id.json")).toldBy(matchingJsonPath("$.prompt.5[?(@.class_type == 'LoadImage')]"))
        .wantsJson("$.prompt.5.inputs.image", "compute/in (1).png").wantsJson("$.prompt.6.inputs.text", "a red fox")
        .wantsJson("$.prompt.3.inputs.denoise", "0.5")
        .asks("GET", "/history/{id}", json("comfyui/history-edited.json"))
        .asks("GET", "/view?filename=edited.png&subfolder=&type=output", file("image/png", PNG))
        .gives("image/png", PNG);
  }
}
