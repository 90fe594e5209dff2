package dev.computeserver.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A stored file of a completed task.
 *
 * @param key where the output store keeps it
 * @param width pixels, or null where it has none or nobody knows
 * @param height likewise
 * @param sha256 of the bytes, lower case hex
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Output(
    int index, String key, @JsonProperty("content_type") String contentType, long bytes, Integer width, Integer height, String sha256) {
}
