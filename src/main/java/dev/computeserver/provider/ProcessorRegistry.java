package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The processors by provider. */
public final class ProcessorRegistry {
  private final Map<ProviderType, ProviderProcessor> processors = new EnumMap<>(ProviderType.class);

  /** Registers each; two for one provider are a mistake in the list. */
  public ProcessorRegistry(List<Supplier<? extends ProviderProcessor>> list) {
    for (Supplier<? extends ProviderProcessor> each : list) {
      ProviderProcessor processor = each.get();
      if (processors.putIfAbsent(processor.providerType(), processor) != null) {
        throw new IllegalArgumentException("two processors are registered for " + processor.providerType().word());
      }
    }
  }

  /**
   * The default registry: every processor in {@link Processors#all}; blocks on files.
   *
   * @param conf the settings folder, or null without one
   */
  public static ProcessorRegistry ofAll(Path conf) {
    return new ProcessorRegistry(Processors.all(conf));
  }

  /** The same without a settings folder. */
  public static ProcessorRegistry ofAll() {
    return ofAll(null);
  }

  public Optional<ProviderProcessor> of(ProviderType type) {
    return Optional.ofNullable(processors.get(type));
  }

  /** Whether a provider knows no other address for its callbacks than one of the whole account. */
  public boolean reportsToAccount(ProviderType type) {
    return of(type).flatMap(ProviderProcessor::callbacks).filter(CallbackRules.OfAccount.class::isInstance).isPresent();
  }

  /** Whether a provider's callbacks are worth nothing without its {@code webhook_secret}. */
  public boolean needsCallbackSecret(ProviderType type) {
    return of(type).flatMap(ProviderProcessor::callbacks).filter(CallbackRules::needsSecret).isPresent();
  }

  public Collection<ProviderProcessor> all() {
    return Collections.unmodifiableCollection(processors.values());
  }

  /** The providers whose processors have the capability, in the order of {@link ProviderType}. */
  public List<ProviderType> with(ProviderCapability capability) {
    List<ProviderType> found = new ArrayList<>();
    processors.forEach((type, processor) -> {
      if (processor.capabilities().contains(capability)) {
        found.add(type);
      }
    });
    return found;
  }
}
