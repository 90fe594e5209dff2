package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.json;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Recorded;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.conformance.Script.Play;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderProcessor;
import dev.computeserver.support.FakeProvider.Seen;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
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

  /** As a contributor meets it whose processor does not know a word yet. */
  @Test
  void aJobThatNeverEndsTellsTheWordThatWasNotRead() {
    Recorded expired = json("{\"id\":\"${id}\",\"status\":\"Expired\"}");
    Recording looked = bare().task("image_generation", "{\"prompt\":\"${day}\"}").on(Stage.SUBMIT, "POST /", json("{}"))
        .on(Stage.CHECK, "GET /${id}", json("{\"task_state\":\"finished\"}")).running(json("{}"));
    Script script = new Script(looked);
    Play good = script.add(Day.of("good"));
    assertEquals("it was never looked at: the processor's submit(…) must read the reply to SUBMIT into a job or a result", script.neverEnded(good));
    looked(script, good);
    assertEquals("its last look, GET /" + good.id() + ", was answered 200 {\"task_state\":\"finished\"}\n"
        + "check(…) has not read \"task_state\":\"finished\" as an end: the processor must know the word", script.neverEnded(good));
    Play failed = script.add(Day.of("failed").at(Stage.CHECK, Day.FOREVER, expired));
    looked(script, failed);
    assertTrue(script.neverEnded(failed).endsWith("\"status\":\"Expired\"}\ncheck(…) has not read \"status\":\"Expired\" as an end: the processor must know the word"),
        script.neverEnded(failed));
  }

  private static void looked(Script script, Play play) {
    script.apply(new Seen(false, "POST", "/", Map.of(), Buffer.buffer("{\"prompt\":\"" + play.day + "\"}")));
    script.apply(new Seen(false, "GET", "/" + play.id(), Map.of(), Buffer.buffer()));
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
