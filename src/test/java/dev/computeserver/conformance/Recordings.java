package dev.computeserver.conformance;

import java.lang.reflect.Modifier;
import java.util.Comparator;
import java.util.List;
import org.junit.platform.commons.support.ReflectionSupport;

/** All classes of the suite, whoever has added them. */
final class Recordings {
  private Recordings() {
  }

  /** By name; those of one provider in any number. */
  static List<ProcessorConformance> all() {
    return ReflectionSupport.findAllClassesInPackage(Recordings.class.getPackageName(),
            found -> ProcessorConformance.class.isAssignableFrom(found) && !Modifier.isAbstract(found.getModifiers()), name -> true).stream()
        .sorted(Comparator.comparing(Class::getName)).map(found -> (ProcessorConformance) ReflectionSupport.newInstance(found)).toList();
  }
}
