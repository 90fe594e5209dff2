package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.json;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderProcessor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a recording must hold, said before anything is played. */
class RecordingsTest {
  private static final String FILE = "src/test/java/dev/computeserver/conformance/LumaConformanceTest.java";

  private static Recording bare() {
    return Recording.of(ProviderType.LUMA, "LUMAAI_API_KEY", "Authorization", "Bearer ");
  }

  private static Recording whole() {
    return bare().task("image_generation", "{\"prompt\":\"${day}\"}").on(Stage.SUBMIT, "POST /", json("{}")).result("{}");
  }

  private static List<String> lacking(Recording recording, boolean callsBack) {
    return List.of(assertThrows(AssertionError.class, () -> recording.requireAll(FILE, callsBack)).getMessage().split("\n"));
  }

  @Test
  void aRecordingThatLacksSomethingIsToldWhatAndWhere() {
    assertEquals("the recording in " + FILE + " lacks", lacking(bare(), true).get(0));
    assertEquals(List.of(".task(…)", "${day} in a text", ".on(Stage.SUBMIT, …)", ".outputs(…) or .result(…)", ".callsBack(…)"),
        lacking(bare(), true).stream().skip(1).map(line -> line.substring(2).split(": | of ")[0]).toList());
    assertDoesNotThrow(() -> whole().requireAll(FILE, false));
    assertDoesNotThrow(() -> whole().makesNoCallback().requireAll(FILE, true));
  }

  @Test
  void aLookNeedsTheReplyWhileTheJobRunsAndACancelTheOneAfterIt() {
    Recording looked = whole().on(Stage.CHECK, "GET /${id}", json("{}"));
    assertTrue(lacking(looked, false).get(1).startsWith("- .running(…)"), () -> lacking(looked, false).toString());
    Recording cancelled = whole().on(Stage.CANCEL, "DELETE /${id}", json("{}"));
    assertTrue(lacking(cancelled, false).get(1).startsWith("- .cancelled(…)"), () -> lacking(cancelled, false).toString());
    Recording second = whole().on(Stage.RESULT, "GET /${id}/result", json("{}"));
    assertTrue(lacking(second, false).get(1).startsWith("- .on(Stage.CHECK, …)"), () -> lacking(second, false).toString());
  }

  @Test
  void whoeverCallsBackIsTriedAtIt() {
    List<ProviderType> tried = Recordings.all().stream().map(ProcessorConformance::recording).filter(each -> each.callback != null)
        .map(each -> each.type).distinct().toList();
    List<String> missing = ProcessorRegistry.ofAll().all().stream().filter(each -> each.callbacks().isPresent())
        .map(ProviderProcessor::providerType).filter(type -> !tried.contains(type)).map(ProviderType::word).toList();
    assertEquals(List.of(), missing, "all recordings of these say makesNoCallback() though their processors have callbacks(): add a recording of a job"
        + " that is reported, by .callsBack(…)");
  }
}
