import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceInstanceBuilder;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.ServiceType;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.apache.curator.x.discovery.details.ServiceCacheListener;

/**
 * curator-x-discovery below a base path, for payloads of one class (`payloadClass`, by default any). Event: `services`, path of the service, with the ids that a
 * followed service has now.
 */
class Discovery {
    private static final ObjectMapper json = new ObjectMapper();
    private final CuratorFramework client;
    private final Map<String, ServiceDiscovery<Object>> discoveries = new ConcurrentHashMap<>();
    private final Map<String, ServiceProvider<Object>> providers = new ConcurrentHashMap<>();

    /** What a Java service may tell of itself. */
    public static class Details {
        public String zone = "eu";
        public int weight = 3;
        public List<String> tags = Arrays.asList("a", "b");
        public Details next;
    }

    Discovery(CuratorFramework client) {
        this.client = client;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("discovery.register", request -> {
            of(request).registerService(instanceIn(request));
            return null;
        });
        commands.put("discovery.update", request -> {
            of(request).updateService(instanceIn(request));
            return null;
        });
        commands.put("discovery.unregister", request -> {
            of(request).unregisterService(instanceIn(request));
            return null;
        });
        commands.put("discovery.names", request -> of(request).queryForNames());
        commands.put("discovery.instances", request -> described(of(request).queryForInstances(request.get("name").asText())));
        commands.put("discovery.follow", request -> {
            follow(request);
            return null;
        });
        commands.put("discovery.pick", request -> {
            ServiceInstance<Object> picked = providerOf(request).getInstance();
            return picked == null ? null : picked.getId();
        });
        commands.put("discovery.written", request -> written());
    }

    private ServiceDiscovery<Object> of(JsonNode request) {
        String payloadClass = request.path("payloadClass").asText("java.lang.Object");
        boolean leavesEnabledOut = request.path("leavesEnabledOut").asBoolean(true);
        return discoveries.computeIfAbsent(Command.path(request) + " " + payloadClass + leavesEnabledOut, ignored -> {
            try {
                @SuppressWarnings("unchecked")
                Class<Object> type = (Class<Object>) Class.forName(payloadClass);
                ServiceDiscovery<Object> discovery = ServiceDiscoveryBuilder.builder(type)
                    .client(client)
                    .basePath(Command.path(request))
                    .serializer(new JsonInstanceSerializer<>(type, leavesEnabledOut))
                    .build();
                discovery.start();
                return discovery;
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
    }

    private ServiceProvider<Object> providerOf(JsonNode request) {
        String name = request.get("name").asText();
        return providers.computeIfAbsent(Command.path(request) + " " + name, ignored -> {
            try {
                ServiceProvider<Object> provider = of(request).serviceProviderBuilder().serviceName(name).build();
                provider.start();
                return provider;
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
    }

    private void follow(JsonNode request) throws Exception {
        String name = request.get("name").asText();
        ServiceCache<Object> cache = of(request).serviceCacheBuilder().name(name).build();
        Runnable tell = () -> Peer.tell(
            "services",
            Command.path(request) + "/" + name,
            cache.getInstances().stream().map(ServiceInstance::getId).sorted().collect(Collectors.toList()));
        cache.addListener(new ServiceCacheListener() {
            @Override
            public void cacheChanged() {
                tell.run();
            }

            @Override
            public void stateChanged(CuratorFramework ignored, ConnectionState state) {}
        });
        cache.start();
        tell.run();
    }

    private static ServiceInstance<Object> instanceIn(JsonNode request) throws Exception {
        JsonNode given = request.get("instance");
        ServiceInstanceBuilder<Object> builder = ServiceInstance.builder();
        builder.name(given.get("name").asText()).id(given.get("id").asText()).address(given.get("address").asText());
        builder.registrationTimeUTC(given.path("registeredMs").asLong(1_700_000_000_000L));
        builder.enabled(given.path("isEnabled").asBoolean(true));
        builder.serviceType(ServiceType.valueOf(given.path("type").asText("DYNAMIC")));
        if (given.hasNonNull("port")) builder.port(given.get("port").asInt());
        if (given.hasNonNull("sslPort")) builder.sslPort(given.get("sslPort").asInt());
        if (given.hasNonNull("uriSpec")) builder.uriSpec(new UriSpec(given.get("uriSpec").asText()));
        Class<?> payloadClass = Class.forName(request.path("payloadClass").asText("java.lang.Object"));
        if (given.hasNonNull("payload")) builder.payload(json.treeToValue(given.get("payload"), payloadClass));
        return builder.build();
    }

    private static List<Map<String, Object>> described(Collection<ServiceInstance<Object>> instances) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (ServiceInstance<Object> instance : instances) {
            Map<String, Object> described = new HashMap<>();
            described.put("id", instance.getId());
            described.put("address", instance.getAddress());
            described.put("port", instance.getPort());
            described.put("sslPort", instance.getSslPort());
            described.put("payload", instance.getPayload());
            described.put("payloadClass", instance.getPayload() == null ? null : instance.getPayload().getClass().getName());
            described.put("registeredMs", instance.getRegistrationTimeUTC());
            described.put("type", instance.getServiceType().name());
            described.put("uri", instance.buildUriSpec());
            described.put("isEnabled", instance.isEnabled());
            all.add(described);
        }
        return all;
    }

    /** What this Curator writes for instances of all kinds: the source of test/golden/curator-discovery.txt. */
    private static Map<String, String> written() throws Exception {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("no payload", write(builder()));
        all.put("no port", write(portless()));
        all.put("string", write(builder().payload("hello")));
        all.put("integer", write(builder().payload(7)));
        all.put("double", write(builder().payload(1.5)));
        all.put("boolean", write(builder().payload(true)));
        all.put("long", write(builder().payload(7L)));
        all.put("object", write(builder().payload(new Details())));
        all.put("list", write(builder().payload(new ArrayList<>(Arrays.asList("a", 1, 2.5, true)))));
        all.put("fixed list", write(builder().payload(Arrays.asList("a", "b"))));
        all.put("array", write(builder().payload(new String[] {"a", "b"})));
        all.put("array of numbers", write(builder().payload(new int[] {1, 2})));
        all.put("map", write(builder().payload(new HashMap<>(Map.of("zone", "eu")))));
        all.put("uri spec", write(builder().sslPort(8443).uriSpec(new UriSpec("{scheme}://{address}:{ssl-port}/{[}{ zone }{]}"))));
        for (ServiceType type : ServiceType.values()) all.put(type.name(), write(builder().serviceType(type)));
        all.put("disabled", write(new JsonInstanceSerializer<>(Object.class, false), builder().enabled(false)));
        all.put("said to be enabled", write(new JsonInstanceSerializer<>(Object.class, false), builder()));
        return all;
    }

    private static ServiceInstanceBuilder<Object> builder() throws Exception {
        return portless().port(8080);
    }

    private static ServiceInstanceBuilder<Object> portless() throws Exception {
        return ServiceInstance.builder().name("orders").id("i-1").address("10.0.0.5").registrationTimeUTC(1_700_000_000_000L);
    }

    private static String write(ServiceInstanceBuilder<Object> builder) throws Exception {
        return write(new JsonInstanceSerializer<>(Object.class), builder);
    }

    private static String write(JsonInstanceSerializer<Object> serializer, ServiceInstanceBuilder<Object> builder) throws Exception {
        return new String(serializer.serialize(builder.build()), "UTF-8");
    }
}
