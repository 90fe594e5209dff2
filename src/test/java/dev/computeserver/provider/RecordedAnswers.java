package dev.computeserver.provider;

import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static dev.computeserver.provider.Recorded.MP3;
import static dev.computeserver.provider.Recorded.json;

import dev.computeserver.catalog.ProviderType;
import java.util.Base64;
import java.util.List;

/** Texts, vectors and transcripts that come with the reply to the submit. */
final class RecordedAnswers {
  static final String SOUND = "data:audio/mpeg;base64," + Base64.getEncoder().encodeToString(MP3);
  private static final String TEXTS = "{\"texts\":[\"a red fox\",\"a blue one\"]}";

  private RecordedAnswers() {
  }

  static List<Recorded> all() {
    return List.of(anthropicMessage(), anthropicPicture(), googleEmbeddings(), openaiEmbedding(), openaiTranscript(), elevenLabsTranscript(),
        huggingFaceChat(), huggingFaceEmbeddings(), huggingFaceTranscript());
  }

  private static Recorded anthropicMessage() {
    return Recorded.of(ProviderType.ANTHROPIC, "message", "text_generation", "{\"prompt\":\"what is it?\",\"system\":\"be brief\",\"max_tokens\":50}")
        .submit("/v1/messages", json("anthropic/message.json")).toldBy(matchingJsonPath("$.system"))
        .wantsHeader("anthropic-version", "2026-10-21").wants(request -> request.withHeader("Authorization", absent()))
        .wantsJson("$.model", "claude-sonnet-5-5").wantsJson("$.max_tokens", "50").wantsJson("$.system", "be brief")
        .wantsJson("$.messages[0].role", "user").wantsJson("$.messages[0].content", "what is it?")
        .result("{\"text\":\"A red bicycle.\",\"finish_reason\":\"end_turn\"}");
  }

  /** The picture stands before the question. */
  private static Recorded anthropicPicture() {
    String picture = ThroughSandbox.picture(64);
    return Recorded.of(ProviderType.ANTHROPIC, "look at a picture", "image_understanding",
            "{\"image_url\":\"" + picture + "\",\"prompt\":\"what is it?\"}").model("claude-haiku-5-5")
        .submit("/v1/messages", json("anthropic/message.json")).toldBy(matchingJsonPath("$.messages[0].content[1]"))
        .wantsHeader("anthropic-version", "2026-10-21").wantsJson("$.model", "claude-haiku-5-5").wantsJson("$.messages[0].content.length()", "2")
        .wantsJson("$.messages[0].content[0].type", "image").wantsJson("$.messages[0].content[0].source.type", "base64")
        .wantsJson("$.messages[0].content[0].source.media_type", "image/png")
        .wantsJson("$.messages[0].content[0].source.data", picture.substring(picture.indexOf(',') + 1))
        .wantsJson("$.messages[0].content[1].type", "text").wantsJson("$.messages[0].content[1].text", "what is it?")
        .result("{\"text\":\"A red bicycle.\"}");
  }

  private static Recorded googleEmbeddings() {
    return Recorded.of(ProviderType.GOOGLE, "vectors", "text_embedding", TEXTS)
        .submit("/v1beta/models/gemini-embedding-2:batchEmbedContents", json("google/embeddings.json"))
        .wantsJson("$.requests.length()", "2").wantsJson("$.requests[0].model", "models/gemini-embedding-2")
        .wantsJson("$.requests[0].content.parts[0].text", "a red fox").wantsJson("$.requests[1].content.parts[0].text", "a blue one")
        .result("{\"vectors\":[[0.25,0.5],[0.75,1.5]],\"dimensions\":2}");
  }

  private static Recorded openaiEmbedding() {
    return Recorded.of(ProviderType.OPENAI, "vector", "text_embedding", "{\"text\":\"a red fox\",\"dimensions\":2}")
        .submit("/embeddings", json("openai/embeddings.json"))
        .wantsJson("$.model", "text-embedding-3-small").wantsJson("$.input", "a red fox").wantsJson("$.dimensions", "2")
        .wantsJson("$.encoding_format", "float")
        .result("{\"vectors\":[[0.25,0.5]],\"dimensions\":2,\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}");
  }

  private static Recorded openaiTranscript() {
    return Recorded.of(ProviderType.OPENAI, "transcript", "speech_recognition", "{\"audio_url\":\"" + SOUND + "\",\"language\":\"en\"}")
        .submitForm("/audio/transcriptions", json("openai/transcript.json"))
        .wantsPart("model", "gpt-transcribe").wantsPart("language", "en").wantsPart("response_format", "json").wantsFile("file", "audio/mpeg", MP3)
        .result("{\"text\":\"Hello world\",\"language\":\"en\"}");
  }

  private static Recorded elevenLabsTranscript() {
    return Recorded.of(ProviderType.ELEVENLABS, "transcript", "speech_recognition", "{\"audio_url\":\"" + SOUND + "\",\"language\":\"en\"}")
        .submitForm("/v1/speech-to-text", json("elevenlabs/transcript.json"))
        .wantsPart("model_id", "scribe_v2").wantsPart("language_code", "en").wantsPart("timestamps_granularity", "word")
        .wantsFile("file", "audio/mpeg", MP3)
        .result("{\"text\":\"Hello world\",\"language\":\"eng\",\"segments\":[{\"text\":\"Hello world\",\"start\":0.0,\"end\":1.4}]}");
  }

  private static Recorded huggingFaceChat() {
    return Recorded.of(ProviderType.HUGGINGFACE, "chat", "text_generation", "{\"prompt\":\"hello\",\"system\":\"be short\",\"max_tokens\":9}")
        .submit("/v1/chat/completions", json("huggingface/chat.json"))
        .wantsJson("$.model", "openai/gpt-oss-120b").wantsJson("$.messages[0].role", "system").wantsJson("$.messages[0].content", "be short")
        .wantsJson("$.messages[1].role", "user").wantsJson("$.messages[1].content", "hello").wantsJson("$.max_tokens", "9")
        .result("{\"text\":\"Hi\",\"finish_reason\":\"stop\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}");
  }

  /** On Hugging Face's own machines, which the Hub tells as a list here. */
  private static Recorded huggingFaceEmbeddings() {
    return Recorded.of(ProviderType.HUGGINGFACE, "vectors of hf-inference", "text_embedding", TEXTS)
        .asks("GET", "/api/models/microsoft/harrier-oss-v1-0.6b", json("huggingface/hub-harrier.json"))
        .submit("/hf-inference/models/microsoft/harrier-oss-v1-0.6b/pipeline/feature-extraction", json("huggingface/vectors.json"))
        .wantsJson("$.inputs[0]", "a red fox").wantsJson("$.inputs[1]", "a blue one")
        .result("{\"vectors\":[[0.25,0.5],[0.75,1.5]],\"dimensions\":2}");
  }

  private static Recorded huggingFaceTranscript() {
    return Recorded.of(ProviderType.HUGGINGFACE, "transcript of hf-inference", "speech_recognition",
            "{\"audio_url\":\"" + SOUND + "\",\"timestamps\":false}")
        .model("hf-inference:openai/whisper-large-v3")
        .submitBytes("/hf-inference/models/openai/whisper-large-v3", "audio/mpeg", MP3, json("huggingface/transcript.json"))
        .result("{\"text\":\"Hello world\"}");
  }
}
