package dev.computeserver.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchdogTest {

  @ParameterizedTest
  @CsvSource({"handler, out of memory", "future, out of memory", "thread, out of memory", "held, UselessMain.hold"})
  void aProcessThatIsOfNoUseEndsAndSaysWhy(String how, String why) throws Exception {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-cp",
        System.getProperty("java.class.path"), UselessMain.class.getName(), how).redirectErrorStream(true).start();
    try (BufferedReader words = process.inputReader()) {
      // Whoever is of no use and does not end is ended after a minute, with which its words end, too.
      process.onExit().orTimeout(60, TimeUnit.SECONDS).exceptionally(late -> process.destroyForcibly());
      String all = words.lines().collect(Collectors.joining("\n"));
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(3, process.exitValue(), all);
      assertTrue(List.of(all.split("\n")).stream().anyMatch(line -> line.startsWith("ends: ") && line.contains(why)), all);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aLoopWhoseThreadHasDiedEndsTheProcessAtOnce() throws Exception {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Watchdog watchdog = new Watchdog(Duration.ofHours(1), told::add);
    Thread loop = new Thread(watchdog::watch, "loop-1");
    loop.start();
    loop.join();
    watchdog.start();
    assertEquals("the event loop loop-1 has died", told.poll(30, TimeUnit.SECONDS));
    watchdog.stop();
  }

  @Test
  void aLoopThatIsSilentIsToldAndAForgottenOneIsNot() throws Exception {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Watchdog watchdog = new Watchdog(Duration.ofMillis(500), told::add);
    Watchdog.Loop forgotten = watchdog.watch();
    forgotten.forget();
    watchdog.start();
    assertNull(told.peek());
    Watchdog.Loop silent = watchdog.watch();
    String why = told.poll(30, TimeUnit.SECONDS);
    assertTrue(why.contains("has been held"), why);
    silent.forget();
    watchdog.stop();
  }
}
