const PICTURE = 'data:image/png;base64,'
  + 'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAWElEQVR42u3YwQkAMAwDsfyzYlfsjM0ShWCQuQX0dfW50RUAAAAA'
  + 'AAAAAAAAAAAAwALgfRoAAAAAAAAAAAAAAAAAAAAAQBbAMwcAAAAAAAAAAAAAAAAQ3AB7o418VFkvMQAAAABJRU5ErkJggg==';

/** An input for each capability that a user can send as it stands. */
export const EXAMPLES = {
  image_generation: { prompt: 'a red fox in snow', width: 1024, height: 1024 },
  image_editing: { image_url: PICTURE, prompt: 'make it winter' },
  inpainting: { image_url: PICTURE, mask_url: PICTURE, prompt: 'a small wooden boat' },
  background_removal: { image_url: PICTURE },
  super_resolution: { image_url: PICTURE, scale: 2 },
  image_understanding: { image_url: PICTURE, prompt: 'What is in this picture?' },
  video_generation: { prompt: 'waves on a beach at dusk', duration_seconds: 5 },
  image_to_video: { image_url: PICTURE, prompt: 'the camera moves slowly closer' },
  lip_sync: { video_url: 'https://example.com/face.mp4', audio_url: 'https://example.com/voice.wav' },
  text_generation: { prompt: 'Write a haiku about a queue.' },
  text_embedding: { texts: ['a red fox', 'a blue whale'] },
  speech_synthesis: { text: 'Hello from the compute server.' },
  speech_recognition: { audio_url: 'https://example.com/voice.wav' },
  music_generation: { prompt: 'calm piano with light rain' },
  sound_generation: { prompt: 'a door that creaks open', duration_seconds: 3 },
  model_3d_generation: { image_url: PICTURE },
};
