package dev.computeserver.catalog;

import static dev.computeserver.catalog.MediaKind.AUDIO;
import static dev.computeserver.catalog.MediaKind.IMAGE;
import static dev.computeserver.catalog.MediaKind.MODEL;
import static dev.computeserver.catalog.MediaKind.VIDEO;
import static dev.computeserver.catalog.TaskType.ANALYSIS;
import static dev.computeserver.catalog.TaskType.CONVERSION;
import static dev.computeserver.catalog.TaskType.EDITING;
import static dev.computeserver.catalog.TaskType.ENHANCEMENT;
import static dev.computeserver.catalog.TaskType.GENERATION;

import java.util.Optional;

/** What can be asked for. What each needs as input is in {@code schema/capabilities.json}. */
public enum ProviderCapability implements Named {
  IMAGE_GENERATION(GENERATION, IMAGE),
  IMAGE_EDITING(EDITING, IMAGE),
  INPAINTING(EDITING, IMAGE),
  BACKGROUND_REMOVAL(EDITING, IMAGE),
  SUPER_RESOLUTION(ENHANCEMENT, IMAGE),
  IMAGE_UNDERSTANDING(ANALYSIS),
  VIDEO_GENERATION(GENERATION, VIDEO),
  IMAGE_TO_VIDEO(GENERATION, VIDEO),
  LIP_SYNC(EDITING, VIDEO),
  TEXT_GENERATION(GENERATION),
  TEXT_EMBEDDING(ANALYSIS),
  SPEECH_SYNTHESIS(GENERATION, AUDIO),
  SPEECH_RECOGNITION(CONVERSION),
  MUSIC_GENERATION(GENERATION, AUDIO),
  SOUND_GENERATION(GENERATION, AUDIO),
  MODEL_3D_GENERATION(GENERATION, MODEL);

  private final TaskType taskType;
  /** Null where the result is data rather than files. */
  private final MediaKind gives;

  ProviderCapability(TaskType taskType) {
    this(taskType, null);
  }

  ProviderCapability(TaskType taskType, MediaKind gives) {
    this.taskType = taskType;
    this.gives = gives;
  }

  /** The kind of work that this is; a request's {@code type} must agree with it. */
  public TaskType taskType() {
    return taskType;
  }

  /** What its files are; empty where its result is data rather than files. */
  public Optional<MediaKind> gives() {
    return Optional.ofNullable(gives);
  }
}
