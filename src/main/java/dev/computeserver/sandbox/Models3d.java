package dev.computeserver.sandbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes 3D models: a GLB of a box that wears the picture given, or the prompt. Blocking: for workers. */
final class Models3d {

  private static final int VERTICES = 24;
  private static final int POSITIONS = VERTICES * 12;
  private static final int NORMALS = VERTICES * 12;
  private static final int UVS = VERTICES * 8;
  private static final int INDICES = 36 * 2;
  private static final int FLOAT = 5126;
  private static final int UNSIGNED_SHORT = 5123;

  private Models3d() { }

  /** {@code picture} may be null. */
  static Made box(Order order, BufferedImage picture) throws IOException {
    BufferedImage skin = picture == null ? Pictures.gradient(order.prompt(), order.seed(), 256, 256)
        : Pictures.scaled(picture, 256, 256, BufferedImage.TYPE_INT_RGB);
    byte[] png = Pictures.encode(skin, "png").bytes();
    ByteBuffer data = ByteBuffer.allocate(POSITIONS + NORMALS + UVS + INDICES + padded(png.length))
        .order(ByteOrder.LITTLE_ENDIAN);
    shape(data);
    data.put(png);
    byte[] scene = scene(png.length, data.capacity()).encode().getBytes(StandardCharsets.UTF_8);
    int whole = 12 + 8 + padded(scene.length) + 8 + data.capacity();
    ByteBuffer glb = ByteBuffer.allocate(whole).order(ByteOrder.LITTLE_ENDIAN);
    glb.putInt(0x46546C67).putInt(2).putInt(whole).putInt(padded(scene.length)).putInt(0x4E4F534A).put(scene);
    while (glb.position() % 4 != 0) {
      glb.put((byte) ' ');
    }
    glb.putInt(data.capacity()).putInt(0x004E4942).put(data.array());
    return new Made(glb.array(), "model/gltf-binary", 0, 0, 0);
  }

  private static void shape(ByteBuffer data) {
    float[][] corners = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    for (int part = 0; part < 3; part++) {
      for (int face = 0; face < 6; face++) {
        int axis = face / 2;
        float side = face % 2 == 0 ? 1 : -1;
        for (float[] corner : corners) {
          if (part == 2) {
            data.putFloat((corner[0] + 1) / 2).putFloat((1 - corner[1]) / 2);
          } else {
            vector(data, axis, side, part == 0 ? corner[0] * side : 0, part == 0 ? corner[1] : 0, part == 0 ? 0.5f : 1);
          }
        }
      }
    }
    for (short first = 0; first < VERTICES; first += 4) {
      for (int step : new int[] {0, 1, 2, 0, 2, 3}) {
        data.putShort((short) (first + step));
      }
    }
  }

  private static void vector(ByteBuffer data, int axis, float along, float right, float up, float scale) {
    float[] at = new float[3];
    at[axis] = along * scale;
    at[(axis + 1) % 3] = right * scale;
    at[(axis + 2) % 3] = up * scale;
    data.putFloat(at[0]).putFloat(at[1]).putFloat(at[2]);
  }

  private static JsonObject scene(int pngBytes, int bytes) {
    int uvs = POSITIONS + NORMALS;
    return new JsonObject()
        .put("asset", JsonObject.of("version", "2.0", "generator", "compute server sandbox"))
        .put("scene", 0)
        .put("scenes", list(JsonObject.of("nodes", JsonArray.of(0))))
        .put("nodes", list(JsonObject.of("mesh", 0)))
        .put("meshes", list(JsonObject.of("primitives", list(JsonObject.of("attributes",
            JsonObject.of("POSITION", 0, "NORMAL", 1, "TEXCOORD_0", 2), "indices", 3, "material", 0)))))
        .put("materials", list(JsonObject.of("pbrMetallicRoughness",
            JsonObject.of("baseColorTexture", JsonObject.of("index", 0), "metallicFactor", 0))))
        .put("textures", list(JsonObject.of("source", 0)))
        .put("images", list(JsonObject.of("bufferView", 4, "mimeType", "image/png")))
        .put("accessors", list(
            accessor(0, FLOAT, VERTICES, "VEC3").put("min", JsonArray.of(-0.5, -0.5, -0.5))
                .put("max", JsonArray.of(0.5, 0.5, 0.5)),
            accessor(1, FLOAT, VERTICES, "VEC3"), accessor(2, FLOAT, VERTICES, "VEC2"),
            accessor(3, UNSIGNED_SHORT, 36, "SCALAR")))
        .put("bufferViews", list(view(0, POSITIONS), view(POSITIONS, NORMALS), view(uvs, UVS),
            view(uvs + UVS, INDICES), view(uvs + UVS + INDICES, pngBytes)))
        .put("buffers", list(JsonObject.of("byteLength", bytes)));
  }

  private static JsonObject accessor(int view, int component, int count, String type) {
    return JsonObject.of("bufferView", view, "componentType", component, "count", count, "type", type);
  }

  private static JsonObject view(int offset, int length) {
    return JsonObject.of("buffer", 0, "byteOffset", offset, "byteLength", length);
  }

  private static JsonArray list(JsonObject... items) {
    JsonArray list = new JsonArray();
    for (JsonObject item : items) {
      list.add(item);
    }
    return list;
  }

  private static int padded(int length) {
    return (length + 3) / 4 * 4;
  }
}
