package dealfinder.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/**
 * Starts an OpenSearch node from a folder of jars.
 *
 * <p>The official launcher refuses root and needs the archive's layout, a security policy and kernel
 * settings, which a developer's machine or a build container does not have. This one loads modules/
 * and plugins/ of the home folder in the same way and leaves the rest out.
 */
public final class SearchNode extends Node {

  private SearchNode(Environment environment) {
    super(environment, List.of(), true);
  }

  /**
   * Runs until the process is told to end.
   *
   * @param arguments the home folder (lib, modules, plugins) and the configuration folder
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      System.err.println("usage: SearchNode HOME CONFIG");
      System.exit(2);
    }
    Path home = Path.of(arguments[0]).toAbsolutePath();
    Path config = Path.of(arguments[1]).toAbsolutePath();
    Settings settings = Settings.builder().put("path.home", home.toString()).build();
    SearchNode node =
        new SearchNode(
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> "local"));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(node), "shut-down"));
    node.start();
    Thread.currentThread().join();
  }

  private static void shutDown(Node node) {
    try {
      node.close();
      node.awaitClose(10, TimeUnit.SECONDS);
    } catch (Exception failure) { // the JVM ends anyhow: only the log can still use it
      failure.printStackTrace();
    }
  }
}
