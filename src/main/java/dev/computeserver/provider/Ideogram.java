package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.BACKGROUND_REMOVAL;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.SUPER_RESOLUTION;

import dev.computeserver.callback.Ed25519Lines;
import dev.computeserver.callback.Source;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Ideogram: the path chooses the model, and the reply holds links that soon expire. Pictures of version 4 are made in the
 * background where it can report to us over https, since that is the only way it does so. Nothing can be cancelled or found.
 */
final class Ideogram implements ProviderProcessor {
  private static final Pattern CLOSED = Pattern.compile("(?i)\\btemporarily unavailable");
  private static final String REJECTED = "reject_reason";

  @Override
  public ProviderType providerType() {
    return ProviderType.IDEOGRAM;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return Set.of(IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_UNDERSTANDING);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Api-Key", "");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return field.equals("mask_url") ? InputForm.BYTES.as(InputForm.Mask.BLACK_REPAINTED) : InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    return switch (task.capability()) {
      case IMAGE_GENERATION -> generation(task);
      case IMAGE_EDITING -> Exchange.multipart(IdeogramInput.editPath(task), IdeogramInput.edit(task), Ideogram::pictures).answering();
      case INPAINTING -> Exchange.multipart(IdeogramInput.inpaintPath(task), IdeogramInput.inpaint(task), Ideogram::pictures).answering();
      case BACKGROUND_REMOVAL -> Exchange.multipart("/v1/remove-background", IdeogramInput.cutOut(task), Ideogram::pictures).answering();
      case SUPER_RESOLUTION -> Exchange.multipart("/upscale", IdeogramInput.upscale(task), Ideogram::pictures).answering();
      case IMAGE_UNDERSTANDING -> Exchange.multipart("/describe", IdeogramInput.describe(task), Ideogram::descriptions).answering();
      default -> throw new InvalidInput("/capability", "capability: ideogram offers no " + task.capability().word());
    };
  }

  private static Exchange generation(Submission task) {
    Multipart body = IdeogramInput.generation(task);
    boolean reports = task.callbackUrl() != null && task.callbackUrl().startsWith("https://");
    if (!task.model().equals(IdeogramInput.V4) || !reports) {
      String transparent = task.model().endsWith("-transparent") ? "/v1/ideogram-v3/generate-transparent" : null;
      return Exchange.multipart(transparent == null ? "/v1/" + task.model() + "/generate" : transparent, body, Ideogram::pictures).answering();
    }
    return Exchange.multipart("/v1/ideogram-v4/async/generate?webhook_url=" + Json.encoded(task.callbackUrl()), body,
        reply -> new Step.Waiting(new Job(Ids.required(reply.json(), "generation_id"), new JsonObject()), null)).ofStatus();
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get("/v1/generations/" + Json.encoded(job.externalId()), reply -> switch (Words.required(reply.json(), "status")) {
      case "completed" -> pictures(reply);
      case "failed" -> new Step.Failed(Code.PROVIDER_FAILED, "the provider failed and gives no reason", false, reply.status(), Charged.NO);
      default -> new Step.Waiting(job, null);
    });
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    Source.Published keys = new Source.Published("/v1/.well-known/jwks.json");
    return Optional.of(CallbackRules.signed(new Ed25519Lines("X-Ideogram-Webhook-", "Generation-Id", keys), (capability, model, callback) -> {
      String id = Ids.required(callback.json(), "generation_id", "request_id");
      if (!id.equals(callback.headers().get("X-Ideogram-Webhook-Generation-Id"))) {
        throw new MissingField("generation_id");
      }
      return new Job(id, new JsonObject());
    }));
  }

  /** Each picture is judged on its own: some may be withheld, which are charged as the others are. */
  private static Step pictures(Reply reply) {
    JsonObject json = reply.json();
    JsonArray data = Json.entries(json, json.getValue("data") == null ? "images" : "data");
    List<JsonObject> given = data.stream().map(each -> each instanceof JsonObject picture ? picture : new JsonObject().put("url", each))
        .filter(picture -> !Words.isFalse(picture.getValue("is_image_safe"))).toList();
    int withheld = data.size() - given.size();
    if (data.isEmpty()) {
      return Refusal.empty(reply, "a picture", Charged.UNKNOWN);
    }
    if (given.isEmpty()) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider withheld what it made as unsafe; change the prompt or the input", false,
          reply.status(), Charged.YES);
    }
    JsonObject result = new JsonObject();
    given.stream().map(picture -> Json.number(picture, "seed")).filter(Objects::nonNull).findFirst()
        .ifPresent(seed -> result.put("seed", seed.longValue()));
    // As the provider has rewritten it.
    given.stream().map(picture -> Json.text(picture, "prompt")).filter(Objects::nonNull).findFirst().ifPresent(prompt -> result.put("prompt", prompt));
    if (withheld > 0) {
      result.put("withheld", withheld);
    }
    return new Step.Done(given.stream().map(picture -> sized(Media.named(picture, null), picture)).toList(),
        result.isEmpty() ? null : result);
  }

  private static Media sized(Media media, JsonObject picture) {
    String size = Json.text(picture, "upscaled_resolution", Json.text(picture, "resolution", ""));
    if (!size.matches("\\d{1,5}x\\d{1,5}")) {
      return media;
    }
    int by = size.indexOf('x');
    return media.sized(Integer.valueOf(size.substring(0, by)), Integer.valueOf(size.substring(by + 1)));
  }

  /** It describes pictures and takes no question; the result says so. */
  private static Step descriptions(Reply reply) {
    String text = Json.entries(reply.json(), "descriptions").stream().map(Json::words).filter(each -> each != null && !each.isEmpty())
        .collect(Collectors.joining("\n\n"));
    return text.isEmpty() ? Refusal.empty(reply, "a description", Charged.UNKNOWN)
        : new Step.Done(List.of(), new JsonObject().put("text", text)
            .put("note", "ideogram describes pictures and takes no question: input.prompt was not sent"));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    Object told = Stream.of("error", "detail", "message").map(json::getValue).filter(Objects::nonNull).findFirst().orElse(null);
    String message = told instanceof JsonObject more ? Json.text(more, "message", more.encode()) : told == null ? reply.text(300) : told.toString();
    String reason = Json.text(json, REJECTED);
    String whole = reason == null ? message : message + " (" + reason + ")";
    boolean unsafe = reply.status() == 422 && json.getValue("error") instanceof String;
    return unsafe ? Refusal.failed(Code.CONTENT_REFUSED, false, reply, whole) : Refusal.byStatus(reply, whole);
  }

  /** A request that is rejected before it runs is not charged, and says why it was; any other 5xx may come from a request that ran. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || Refusal.hasNoRoom(reply) || Json.text(reply.jsonOrEmpty(), REJECTED) != null
        || reply.status() == 503 && reply.isJson() && CLOSED.matcher(ErrorWords.of(reply)).find();
  }
}
