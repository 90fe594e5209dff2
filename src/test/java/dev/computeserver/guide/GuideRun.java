package dev.computeserver.guide;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs the test classes that its arguments name, and prints for each one line {@code <class> ran <n> failed <n>}. */
final class GuideRun {
  private GuideRun() {
  }

  public static void main(String[] classes) {
    Launcher launcher = LauncherFactory.create();
    boolean good = Arrays.stream(classes).map(name -> run(launcher, name)).allMatch(summary -> summary.getTotalFailureCount() == 0);
    // Threads of a test that failed would keep the process.
    System.exit(good ? 0 : 1);
  }

  private static TestExecutionSummary run(Launcher launcher, String name) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    launcher.execute(LauncherDiscoveryRequestBuilder.request().selectors(selectClass(name)).build(), listener);
    TestExecutionSummary summary = listener.getSummary();
    summary.printFailuresTo(new PrintWriter(System.out, true), 20);
    System.out.println("\n" + name + " ran " + summary.getTestsSucceededCount() + " failed " + summary.getTotalFailureCount());
    return summary;
  }
}
