package dev.computeserver;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may see which. */
@AnalyzeClasses(packages = "dev.computeserver", importOptions = ImportOption.DoNotIncludeTests.class)
class StructureTest {

  @ArchTest
  static final ArchRule PACKAGES_FORM_NO_CYCLE = slices().matching("dev.computeserver.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule THE_FLOOR_KNOWS_NOBODY_ABOVE_IT = noClasses().that()
      .resideInAnyPackage("dev.computeserver.catalog..", "dev.computeserver.bus..", "dev.computeserver.db..", "dev.computeserver.task..")
      .should().dependOnClassesThat().resideInAnyPackage("dev.computeserver.api..", "dev.computeserver.routing..", "dev.computeserver.provider..", "dev.computeserver.delivery..", "dev.computeserver.live..", "dev.computeserver.config..");

  @ArchTest
  static final ArchRule PROVIDERS_KNOW_NO_EDGE = noClasses().that().resideInAPackage("dev.computeserver.provider..")
      .should().dependOnClassesThat().resideInAnyPackage("dev.computeserver.api..", "dev.computeserver.routing..", "dev.computeserver.delivery..", "dev.computeserver.sandbox..");

  @ArchTest
  static final ArchRule THE_SANDBOX_IS_OUTSIDE_AND_SHARES_ONLY_WORDS = noClasses().that().resideInAPackage("dev.computeserver.sandbox..")
      .should().dependOnClassesThat().resideInAnyPackage("dev.computeserver.api..", "dev.computeserver.routing..", "dev.computeserver.delivery..", "dev.computeserver.provider..", "dev.computeserver.task..");

  @ArchTest
  static final ArchRule ONLY_THE_BUS_AND_THE_PUBLIC_EDGE_TOUCH_THE_EVENT_BUS = noClasses().that()
      .resideOutsideOfPackages("dev.computeserver.bus..", "dev.computeserver.api..")
      .should().dependOnClassesThat().haveFullyQualifiedName("io.vertx.core.eventbus.EventBus");
}
