package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private final Places places = new Places(2);
  private final List<String> begun = new ArrayList<>();

  private Places.Place place(String name) {
    return places.place(() -> begun.add(name));
  }

  @Test
  void whoFindsNoRoomBeginsWhenOneLeavesInTurn() {
    Places.Place first = place("first");
    first.await();
    place("second").await();
    place("third").await();
    place("fourth").await();
    assertEquals(List.of("first", "second"), begun);
    first.give();
    first.give();
    assertEquals(List.of("first", "second", "third"), begun);
  }

  @Test
  void whatRunsAlreadyCountsButDoesNotWait() {
    place("one").take();
    place("two").take();
    Places.Place over = place("over");
    over.take();
    place("waits").await();
    over.give();
    assertEquals(List.of("one", "two", "over"), begun);
  }

  @Test
  void whoIsToEndBeginsAtOnceAndWhoLeavesTheLineNever() {
    place("one").await();
    place("two").await();
    Places.Place leaves = place("leaves");
    leaves.await();
    Places.Place hurries = place("hurries");
    hurries.await();
    leaves.give();
    hurries.hurry();
    hurries.hurry();
    assertEquals(List.of("one", "two", "hurries"), begun);
  }

  @Test
  void theBigTakeUpMoreAndOneThatIsTooBigHasItAllAlone() {
    Places bytes = new Places(10);
    Places.Place huge = bytes.place(20, () -> begun.add("huge"));
    huge.await();
    Places.Place six = bytes.place(6, () -> begun.add("six"));
    six.await();
    Places.Place five = bytes.place(5, () -> begun.add("five"));
    five.await();
    bytes.place(4, () -> begun.add("four")).await();
    assertEquals(List.of("huge"), begun);
    huge.give();
    assertEquals(List.of("huge", "six"), begun);
    five.give();
    assertEquals(List.of("huge", "six", "four"), begun);
  }

  @Test
  void oneThatThrowsAsItBeginsHoldsUpNobodyInTheLine() {
    Places.Place first = place("first");
    first.await();
    place("second").await();
    places.place(() -> {
      throw new IllegalStateException("a bug");
    }).await();
    Places.Place third = place("third");
    third.await();
    first.give();
    assertEquals(List.of("first", "second"), begun);
    places.place(() -> begun.add("never")).give();
    third.hurry();
    assertEquals(List.of("first", "second", "third"), begun);
  }
}
