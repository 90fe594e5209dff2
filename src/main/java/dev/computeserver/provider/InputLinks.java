package dev.computeserver.provider;

import java.util.Optional;
import java.util.UUID;

/** Makes links under which a provider can fetch an input that the client gave inline. */
public interface InputLinks {

  /** A signed link that expires, or empty where providers cannot reach us. */
  Optional<String> linkTo(UUID task, String field);
}
