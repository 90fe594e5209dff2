package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestStore;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgendaTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    TestStore.await(vertx.close());
  }

  @Test
  void doesThingsInTheOrderTheyAreDueInAndNothingThatWasDropped() {
    List<String> done = new ArrayList<>();
    Promise<Void> last = Promise.promise();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(ignored -> {
      Agenda agenda = new Agenda(vertx);
      agenda.in(60, () -> {
        done.add("last, with " + agenda.size() + " left");
        last.complete();
      });
      agenda.in(20, () -> done.add("second"));
      agenda.in(10, () -> done.add("first"));
      Agenda.Entry dropped = agenda.in(15, () -> done.add("dropped"));
      agenda.drop(dropped);
      agenda.now(dropped);
      Agenda.Entry early = agenda.in(30, () -> done.add("now"));
      agenda.now(early);
      agenda.now(early);
    });
    TestStore.await(last.future());
    assertEquals(List.of("now", "first", "second", "last, with 0 left"), done);
  }

  @Test
  void oneThatThrowsStopsNoOtherNowOrLater() {
    List<String> done = new ArrayList<>();
    Promise<Void> last = Promise.promise();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(ignored -> {
      Agenda agenda = new Agenda(vertx);
      Agenda.Entry broken = agenda.in(100_000, () -> {
        throw new StackOverflowError();
      });
      agenda.in(10, () -> {
        throw new IllegalStateException("a bug");
      });
      agenda.in(10, () -> done.add("beside it"));
      agenda.in(40, last::complete);
      agenda.now(broken);
      done.add("after it");
    });
    TestStore.await(last.future());
    assertEquals(List.of("after it", "beside it"), done);
  }
}
