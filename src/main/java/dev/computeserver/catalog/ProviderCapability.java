package dev.computeserver.catalog;

import static dev.computeserver.catalog.TaskType.ANALYSIS;
import static dev.computeserver.catalog.TaskType.CONVERSION;
import static dev.computeserver.catalog.TaskType.EDITING;
import static dev.computeserver.catalog.TaskType.ENHANCEMENT;
import static dev.computeserver.catalog.TaskType.GENERATION;

/** What can be asked for. What each needs as input is in {@code schema/capabilities.json}. */
public enum ProviderCapability implements Named {
  IMAGE_GENERATION(GENERATION),
  IMAGE_EDITING(EDITING),
  INPAINTING(EDITING),
  BACKGROUND_REMOVAL(EDITING),
  SUPER_RESOLUTION(ENHANCEMENT),
  IMAGE_UNDERSTANDING(ANALYSIS),
  VIDEO_GENERATION(GENERATION),
  IMAGE_TO_VIDEO(GENERATION),
  LIP_SYNC(EDITING),
  TEXT_GENERATION(GENERATION),
  TEXT_EMBEDDING(ANALYSIS),
  SPEECH_SYNTHESIS(GENERATION),
  SPEECH_RECOGNITION(CONVERSION),
  MUSIC_GENERATION(GENERATION),
  SOUND_GENERATION(GENERATION),
  MODEL_3D_GENERATION(GENERATION);

  private final TaskType taskType;

  ProviderCapability(TaskType taskType) {
    this.taskType = taskType;
  }

  /** The kind of work that this is; a request's {@code type} must agree with it. */
  public TaskType taskType() {
    return taskType;
  }
}
