package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.PrometheusText;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's table of series against what a node tells. */
class WatchingTest {

  @Test
  void everySeriesIsInTheReadmeAndNoOther() {
    Set<String> named = Pattern.compile("\\bcompute_[a-z_]+").matcher(Readme.read().section("## Watching it")).results()
        .map(found -> found.group().replaceAll("_(count|sum)$", "")).collect(Collectors.toCollection(TreeSet::new));
    try (TestNode node = new TestNode(Map.of())) {
      // Some begin with the first task that fails, and the first callback that is refused.
      node.post("/v1/provider-callbacks/fal_standard", new JsonObject());
      node.run(TestNode.picture(0, new JsonObject().put("fault", "submit_422")));
      assertEquals(named, new TreeSet<>(PrometheusText.of(new String(node.get("/metrics").bytes(), StandardCharsets.UTF_8)).families()));
    }
  }
}
